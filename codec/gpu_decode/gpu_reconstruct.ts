/** From a quantised model to its image, on integers, by a GPU: the same bytes as the plain twin `reconstruct`. */

import { SYNTHESIS_STEP_BITS } from "../../bitstream/parameters.ts";
import type { QuantisedModel } from "../../bitstream/quantised_model.ts";
import type { Image } from "../image.ts";
import { integerBackend } from "../integer_backend.ts";
import { fineModel } from "../reconstruct/restoration.ts";
import { type Convolution, type SynthesisNetwork, synthesisNetwork } from "../reconstruct/synthesis.ts";
import { type Plane, type UpsamplingNetwork, upsamplingNetwork } from "../reconstruct/upsampling.ts";
import { GpuPasses, type ReconstructionPipelines, reconstructionPipelines } from "./gpu_passes.ts";

/**
 * The image of a model, bit for bit that of `reconstruct`, on any device.
 *
 * The restoration filter runs on the CPU. For programs that keep a device open; its first use compiles the shaders. `decode`
 * and the command line do not use it yet. Throws a `GpuError` if the device fails, or if the planes of a layer are larger than
 * one of its buffers may be: a device opened with higher limits takes larger pictures.
 */
export async function reconstructGpu(model: QuantisedModel, device: GPUDevice): Promise<Image> {
  const { restoration, bitDepth } = model;
  if (restoration) {
    return integerBackend().restore(await reconstructGpu(fineModel(model), device), restoration, bitDepth);
  }
  const pipelines = await reconstructionPipelines(device);
  const passes = new GpuPasses(device);
  try {
    const planes = await passes.run(() => {
      const recording: Recording = { passes, pipelines };
      return recordSynthesis(recording, model, recordUpsampling(recording, upsamplingNetwork(model)));
    });
    return interleaved(model, planes);
  } finally {
    passes.close();
  }
}

interface Recording {
  readonly passes: GpuPasses;
  readonly pipelines: ReconstructionPipelines;
}

/** Planes of one size in one buffer. */
interface Stack {
  readonly buffer: GPUBuffer;
  readonly width: number;
  readonly height: number;
  readonly count: number;
}

function emptyStack({ passes }: Recording, { width, height }: Pick<Plane, "width" | "height">, count: number): Stack {
  return { buffer: passes.createBuffer(width * height * count), width, height, count };
}

/** Planes of one size, one after the other. */
function uploaded({ passes }: Recording, planes: readonly Plane[]): Stack {
  const [{ width, height }] = planes;
  const values = new Int32Array(width * height * planes.length);
  planes.forEach(({ data }, i) => values.set(data, i * width * height));
  return { buffer: passes.upload(values), width, height, count: planes.length };
}

/** The full-size planes of all synthesised grids, the finest level first. */
function recordUpsampling(recording: Recording, { planes, doublings, prefilters }: UpsamplingNetwork): Stack {
  const top = planes.length - 1;
  let stack = uploaded(recording, planes[top]);
  for (let level = top - 1; level >= 0; level--) {
    const own = planes[level];
    const next = emptyStack(recording, own[0], own.length + stack.count);
    own.forEach((plane, i) => recordPrefilter(recording, uploaded(recording, [plane]), next, i, prefilters[level]));
    recordDoubling(recording, stack, next, doublings[level]);
    stack = next;
  }
  return stack;
}

/** T of all planes, into the last planes of the next level. */
function recordDoubling(recording: Recording, stack: Stack, next: Stack, taps: readonly number[]): void {
  const tall = emptyStack(recording, { width: stack.width, height: next.height }, stack.count);
  const { passes, pipelines: { doubling: pipeline } } = recording;
  passes.record({
    ...tall,
    pipeline,
    settings: lineSettings(stack, tall, { vertical: true, outputPlane: 0, taps }),
    buffers: [stack.buffer, tall.buffer],
  });
  passes.record({
    ...next,
    count: stack.count,
    pipeline,
    settings: lineSettings(tall, next, { vertical: false, outputPlane: next.count - stack.count, taps }),
    buffers: [tall.buffer, next.buffer],
  });
}

/** P of one plane, into plane `outputPlane` of its level. */
function recordPrefilter(
  recording: Recording,
  plane: Stack,
  next: Stack,
  outputPlane: number,
  taps: readonly number[],
): void {
  const half = emptyStack(recording, plane, 1);
  const { passes, pipelines: { prefilter: pipeline } } = recording;
  passes.record({
    ...half,
    pipeline,
    settings: lineSettings(plane, half, { vertical: true, outputPlane: 0, taps }),
    buffers: [plane.buffer, half.buffer, plane.buffer],
  });
  passes.record({
    ...half,
    pipeline,
    settings: lineSettings(half, next, { vertical: false, outputPlane, taps }),
    buffers: [half.buffer, next.buffer, plane.buffer],
  });
}

/** `Settings` of the line shaders. */
function lineSettings(
  input: Stack,
  output: Stack,
  { vertical, outputPlane, taps }: { vertical: boolean; outputPlane: number; taps: readonly number[] },
): number[] {
  return [input.width, input.height, output.width, output.height, Number(vertical), outputPlane, ...taps];
}

/** All layers; gives the buffer of the image's planes. */
function recordSynthesis(recording: Recording, model: QuantisedModel, upsampled: Stack): GPUBuffer {
  const network = synthesisNetwork(model);
  let input = upsampled;
  network.layers.forEach((layer, l) => {
    const output = emptyStack(recording, network, layer.outputs);
    recording.passes.record({
      ...output,
      pipeline: recording.pipelines.convolution,
      settings: layerSettings(network, l, upsampled.count),
      buffers: [input.buffer, output.buffer, upsampled.buffer],
    });
    input = output;
  });
  return input.buffer;
}

/** `Layer` of the convolution shader. */
function layerSettings(network: SynthesisNetwork, l: number, planes: number): number[] {
  const layer = network.layers[l];
  const { inputs, outputs, kernel, inputBits, shift, relu, biases } = layer;
  const last = l === network.layers.length - 1;
  const stabiliser = last ? network.stabiliser : undefined;
  const [low, high] = last ? [0, network.maxSample] : [relu ? 0 : -32768, 32767];
  const left = inputBits - network.planeBits;
  return [
    ...[network.width, network.height, inputs, outputs, kernel >> 1, inputBits, shift, low, high],
    ...[stabiliser ? planes : 0, Math.max(left, 0), Math.max(-left, 0)],
    ...[...weightsWithIdentity(layer), ...biases, ...stabiliser ?? []],
  ];
}

/** A residual layer adds its input: 1 on the middle weights of the diagonal, beyond i16. */
function weightsWithIdentity({ weights, inputs, outputs, kernel, residual }: Convolution): Int32Array {
  const sums = Int32Array.from(weights);
  const area = kernel * kernel;
  for (let o = 0; residual && o < outputs; o++) sums[(o * inputs + o) * area + (area >> 1)] += 1 << SYNTHESIS_STEP_BITS;
  return sums;
}

/** Planes of samples as an image. */
function interleaved({ shape: { width, height, channels }, bitDepth }: QuantisedModel, planes: Int32Array): Image {
  const pixels = width * height;
  const data = bitDepth > 8 ? new Uint16Array(pixels * channels) : new Uint8Array(pixels * channels);
  for (let channel = 0; channel < channels; channel++) {
    for (let i = 0; i < pixels; i++) data[i * channels + channel] = planes[channel * pixels + i];
  }
  return { width, height, channels, bitDepth, data };
}
