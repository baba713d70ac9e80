/**
 * Models of photograph size for benches: random networks, and latents drawn from the distributions that these networks
 * predict, which is what decoding noise gives. So the entropy coder works at a chosen rate without any training.
 */

import { type PresetName, PRESETS } from "../bitstream/architecture.ts";
import { BitstreamError } from "../bitstream/errors.ts";
import { findTensor, parameterCount, type ParameterGroup, parameterGroups } from "../bitstream/parameters.ts";
import type { QuantisedModel } from "../bitstream/quantised_model.ts";
import { RangeDecoder } from "../bitstream/range_coder.ts";
import { decodeLatentsFast } from "../codec/fast_decode/fast_latents.ts";
import { randomInteger, randomLaplace, randomSource } from "../tests/random.ts";

/** What a sampled model is drawn for. */
export interface SampledModelOptions {
  readonly preset: PresetName;
  readonly width: number;
  readonly height: number;
  readonly topLevel: number;
  readonly seed: number;
  /** Rate of the latents in bits per pixel, met within a tenth. */
  readonly bpp: number;
}

/** Mean magnitude of ARM and IFCE weights (Q8), and how much weaker the output's are: mild contexts, as in real files. */
const [WEIGHT, OUTPUT_PART] = [6, 6];

/** A model whose latents cost about `bpp` bits per pixel. */
export function sampledModel(options: SampledModelOptions): QuantisedModel {
  const { preset, width, height, topLevel, seed, bpp } = options;
  const architecture = PRESETS[preset];
  const shape = { width, height, topLevel, channels: 3 };
  const groups = parameterGroups(architecture, shape);
  const network = {
    ...{ shape, architecture, bitDepth: 8, streams: 1 },
    fixedPoint: { planeBits: 9, layerBits: architecture.synthesis.slice(1).map(() => 11) },
    stepBits: groups.map(({ maxStepBits }) => maxStepBits),
    parameters: randomParameters(randomSource(seed), groups),
  };
  const noise = randomBytes(seed, Math.ceil(width * height * bpp / 4) + 1000);
  let [low, high] = [-512, 1024];
  for (;;) {
    const logScale = (low + high) >> 1;
    network.parameters[findTensor(groups, "arm.out.bias").offset + 1] = logScale;
    const { grids, bits } = drawLatents(network, noise);
    const error = bits / (width * height * bpp) - 1;
    if (Math.abs(error) < 0.1 || high - low < 2) return { ...network, grids };
    if (error < 0) low = logScale;
    else high = logScale;
  }
}

function randomParameters(random: () => number, groups: readonly ParameterGroup[]): Int32Array {
  const parameters = new Int32Array(parameterCount(groups));
  for (const { module, name, offset, length } of groups) {
    const isOutput = name === "arm.out.weight" || name === "arm.stabiliser";
    const magnitude = module === "synthesis" || module === "upsampling"
      ? 400
      : isOutput
      ? WEIGHT / OUTPUT_PART
      : WEIGHT;
    for (let i = 0; i < length; i++) parameters[offset + i] = randomLaplace(random, magnitude);
  }
  return parameters;
}

function randomBytes(seed: number, length: number): Uint8Array {
  const random = randomSource(seed + 1);
  return Uint8Array.from({ length }, () => randomInteger(random, 0, 255));
}

/** Latents that the network reads from noise, and how many bits of it they took: infinitely many if there was too little. */
function drawLatents(
  network: Omit<QuantisedModel, "grids">,
  noise: Uint8Array,
): { grids: Int16Array[]; bits: number } {
  const coder = new RangeDecoder(noise, 0, noise.length);
  try {
    const grids = decodeLatentsFast(noise, [coder], network);
    return { grids, bits: 8 * coder.position };
  } catch (error) {
    if (error instanceof BitstreamError) return { grids: [], bits: Infinity };
    throw error;
  }
}
