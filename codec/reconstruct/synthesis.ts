/**
 * From upsampled planes to samples, on integers: a chain of 1x1 and 3x3 convolutions, plus a linear stabiliser.
 *
 * Planes are i16 with `planeBits`, later `layerBits`, fractional bits; weights are Q12; sums are i32 modulo 2^32. The image is
 * made in bands of rows, so that the hidden planes never exist as a whole.
 */

import { planeCount, type SynthesisLayer } from "../../bitstream/architecture.ts";
import { align, clampI16, scaledTensors } from "../../bitstream/fixed_point.ts";
import { SYNTHESIS_BAND_ROWS } from "../../bitstream/limits.ts";
import { SYNTHESIS_STEP_BITS, synthesisWidths } from "../../bitstream/parameters.ts";
import type { QuantisedModel } from "../../bitstream/quantised_model.ts";
import type { Image } from "../image.ts";
import type { Plane } from "./upsampling.ts";

/** The image that a model's upsampled planes stand for. */
export function synthesise(model: QuantisedModel, planes: readonly Plane[]): Image {
  const { shape: { width, height, channels }, bitDepth } = model;
  const network = synthesisNetwork(model);
  const size = width * height * channels;
  const data = bitDepth > 8 ? new Uint16Array(size) : new Uint8Array(size);
  for (let top = 0; top < height; top += SYNTHESIS_BAND_ROWS) {
    const bottom = Math.min(top + SYNTHESIS_BAND_ROWS, height);
    const band = outputBand(network, planes, { top, bottom });
    for (let i = 0, out = top * width * channels; i < (bottom - top) * width; i++) {
      for (let channel = 0; channel < channels; channel++) data[out++] = band[channel][i];
    }
  }
  return { width, height, channels, bitDepth, data };
}

/** One convolution, ready for integer arithmetic. */
export interface Convolution {
  readonly inputs: number;
  readonly outputs: number;
  readonly kernel: 1 | 3;
  readonly residual: boolean;
  readonly relu: boolean;
  /** Q12, i16, `[outputs, inputs, kernel, kernel]`. */
  readonly weights: Int16Array;
  /** Q12, i32, `[outputs]`. */
  readonly biases: Int32Array;
  /** Fractional bits of its input. */
  readonly inputBits: number;
  /** Right shift of its sums. */
  readonly shift: number;
}

/** What synthesis computes with. */
export interface SynthesisNetwork {
  readonly layers: readonly Convolution[];
  /** Q12, i16, `[channels, planes]`. */
  readonly stabiliser: Int16Array | undefined;
  readonly planeBits: number;
  readonly maxSample: number;
  readonly width: number;
  readonly height: number;
}

/** The layers of a model, ready for integer arithmetic. */
export function synthesisNetwork(model: QuantisedModel): SynthesisNetwork {
  const { architecture, shape, fixedPoint, bitDepth } = model;
  const tensors = scaledTensors(model);
  const bits = [fixedPoint.planeBits, ...fixedPoint.layerBits, bitDepth];
  const widths = [planeCount(architecture, shape), ...synthesisWidths(architecture, shape)];
  const layers = architecture.synthesis.map(({ kernel, residual, relu }: SynthesisLayer, l): Convolution => ({
    inputs: widths[l],
    outputs: widths[l + 1],
    kernel,
    residual,
    relu,
    weights: Int16Array.from(tensors.get(`synthesis.${l}.weight`)!, clampI16),
    biases: tensors.get(`synthesis.${l}.bias`)!,
    inputBits: bits[l],
    shift: bits[l] + SYNTHESIS_STEP_BITS - bits[l + 1],
  }));
  return {
    layers,
    stabiliser: architecture.synthesisStabiliser
      ? Int16Array.from(tensors.get("synthesis.stabiliser")!, clampI16)
      : undefined,
    planeBits: fixedPoint.planeBits,
    maxSample: (1 << bitDepth) - 1,
    width: shape.width,
    height: shape.height,
  };
}

/** Image rows `top <= y < bottom`. */
interface Rows {
  readonly top: number;
  readonly bottom: number;
}

/** The samples of some rows, one array per channel. */
function outputBand(network: SynthesisNetwork, planes: readonly Plane[], rows: Rows): Int32Array[] {
  const { layers, stabiliser, planeBits, maxSample, width } = network;
  const last = layers[layers.length - 1];
  const sums = layerSums(network, layers.length - 1, planes, rows);
  return sums.map((sum, o) => {
    if (stabiliser) {
      const weights = stabiliser.subarray(o * planes.length, (o + 1) * planes.length);
      const extra = new Int32Array(sum.length);
      planes.forEach(({ data }, c) => {
        for (let i = 0; i < extra.length; i++) extra[i] += Math.imul(weights[c], data[rows.top * width + i]);
      });
      for (let i = 0; i < sum.length; i++) sum[i] += align(extra[i], planeBits, last.inputBits);
    }
    return sum.map((value) => Math.min(Math.max(roundedShift(value, last.shift), 0), maxSample));
  });
}

/** The activations of some rows after layer `l`, i16, one array per plane; layer -1 is the upsampled planes. */
function layerRows(network: SynthesisNetwork, l: number, planes: readonly Plane[], rows: Rows): Int16Array[] {
  const { width, layers } = network;
  if (l < 0) return planes.map(({ data }) => data.subarray(rows.top * width, rows.bottom * width));
  const { shift, relu } = layers[l];
  return layerSums(network, l, planes, rows).map((sum) =>
    Int16Array.from(sum, (value) => {
      const h = clampI16(roundedShift(value, shift));
      return relu && h < 0 ? 0 : h;
    })
  );
}

/** The sums of layer `l` for some rows, before shift and clamp; it asks the layer before for the rows it reads. */
function layerSums(network: SynthesisNetwork, l: number, planes: readonly Plane[], rows: Rows): Int32Array[] {
  const { width, height, layers } = network;
  const layer = layers[l];
  const halo = layer.kernel >> 1;
  const inputRows = { top: Math.max(rows.top - halo, 0), bottom: Math.min(rows.bottom + halo, height) };
  const inputs = layerRows(network, l - 1, planes, inputRows);
  return Array.from({ length: layer.outputs }, (_, o) => {
    const sum = new Int32Array((rows.bottom - rows.top) * width).fill(layer.biases[o] << layer.inputBits);
    inputs.forEach((input, c) => {
      const at = (o * layer.inputs + c) * layer.kernel * layer.kernel;
      const weights = layer.weights.subarray(at, at + layer.kernel * layer.kernel);
      const identity = layer.residual && c === o ? 1 << SYNTHESIS_STEP_BITS : 0;
      addConvolution(sum, input, { weights, identity, width, rows, inputRows });
    });
    return sum;
  });
}

interface PlaneConvolution {
  /** Q12, 1 or 3x3. */
  readonly weights: Int16Array;
  /** Added to the middle weight, beyond i16. */
  readonly identity: number;
  readonly width: number;
  readonly rows: Rows;
  readonly inputRows: Rows;
}

/** Adds to the sums one input plane's part; beyond the image's edge its border samples repeat. */
function addConvolution(sum: Int32Array, input: Int16Array, part: PlaneConvolution): void {
  const { weights, identity, width, rows, inputRows } = part;
  const halo = weights.length === 9 ? 1 : 0;
  let tap = 0;
  for (let dy = -halo; dy <= halo; dy++) {
    for (let dx = -halo; dx <= halo; dx++) {
      const weight = weights[tap++] + (dy === 0 && dx === 0 ? identity : 0);
      for (let y = rows.top, i = 0; y < rows.bottom; y++) {
        const inputY = Math.min(Math.max(y + dy, inputRows.top), inputRows.bottom - 1) - inputRows.top;
        for (let x = 0; x < width; x++, i++) {
          const inputX = Math.min(Math.max(x + dx, 0), width - 1);
          sum[i] += Math.imul(weight, input[inputY * width + inputX]);
        }
      }
    }
  }
}

/** `(value + half) >> shift` modulo 2^32, halves upwards; nothing is added for shift 0. */
function roundedShift(value: number, shift: number): number {
  return shift === 0 ? value : (value + (1 << (shift - 1)) | 0) >> shift;
}
