/**
 * How the synthesis kernel keeps planes and weights.
 *
 * Planes lie in pairs, the two samples of a pixel side by side in 32 bits, because one `i32x4.dot_i16x8_s` multiplies pairs.
 * The image is worked on row by row in strips of columns. The input of each 3x3 layer is kept in rings of whole strip rows
 * ("wide"); what passes between two 1x1 layers fits a small tile.
 *
 *     strip row      | 8 pixels of margin | STRIP_PIXELS | margin |        one per pair of planes
 */

import { type Architecture, type ImageShape, planeCount } from "../../bitstream/architecture.ts";
import { clampI16, scaledTensors } from "../../bitstream/fixed_point.ts";
import { SYNTHESIS_STEP_BITS, synthesisWidths } from "../../bitstream/parameters.ts";
import type { QuantisedModel } from "../../bitstream/quantised_model.ts";

/** Columns of a strip. */
export const STRIP_PIXELS = 1024;
/** Columns of a tile. */
export const TILE_PIXELS = 128;
/** Columns computed beyond a strip's sides: at least one per 3x3 layer, of which there are at most 7. */
export const MARGIN_PIXELS = 8;
/** Bytes of a pixel of a pair of planes. */
export const PAIR_BYTES = 4;
/** Bytes of one pair's strip row, with room for vector stores beyond its end. */
export const WIDE_STRIDE = (STRIP_PIXELS + 4 * MARGIN_PIXELS) * PAIR_BYTES;
/** Bytes of one pair's tile row. */
export const TILE_STRIDE = TILE_PIXELS * PAIR_BYTES;
/** Output planes that are summed at a time. */
export const GROUP_OUTPUTS = 4;

/** One layer as the kernel is emitted for it. */
export interface LayerLayout {
  readonly inputs: number;
  readonly outputs: number;
  readonly kernel: 1 | 3;
  readonly residual: boolean;
  readonly relu: boolean;
  readonly shift: number;
  readonly last: boolean;
  /** Bytes from one pair of input (output) planes to the next. The last layer writes samples instead. */
  readonly inputStride: number;
  readonly outputStride: number;
  /** Pairs of upsampled planes that the stabiliser adds, and the left shift of their sum (negative: right). */
  readonly stabiliserPairs: number;
  readonly stabiliserShift: number;
  /** Bits per sample of the image. */
  readonly bitDepth: number;
  /** Bytes of its weights. */
  readonly weightBytes: number;
}

/** Pairs that hold `planes` planes. */
export function pairsOf(planes: number): number {
  return Math.ceil(planes / 2);
}

/** The layers of a model's synthesis. */
export function synthesisLayout(model: {
  readonly architecture: Architecture;
  readonly shape: ImageShape;
  readonly fixedPoint: QuantisedModel["fixedPoint"];
  readonly bitDepth: number;
}): LayerLayout[] {
  const { architecture, shape, fixedPoint, bitDepth } = model;
  const planes = planeCount(architecture, shape);
  const widths = [planes, ...synthesisWidths(architecture, shape)];
  const bits = [fixedPoint.planeBits, ...fixedPoint.layerBits, bitDepth];
  const layers = architecture.synthesis;
  const strideInto = (l: number) => l > 0 && layers[l]?.kernel === 1 ? TILE_STRIDE : WIDE_STRIDE;
  return layers.map(({ kernel, residual, relu }, l) => {
    const [inputs, outputs, last] = [widths[l], widths[l + 1], l === layers.length - 1];
    const stabiliserPairs = last && architecture.synthesisStabiliser ? pairsOf(planes) : 0;
    return {
      ...{ inputs, outputs, kernel, residual, relu, last, stabiliserPairs, bitDepth },
      shift: bits[l] + SYNTHESIS_STEP_BITS - bits[l + 1],
      inputStride: strideInto(l),
      outputStride: strideInto(l + 1),
      stabiliserShift: bits[l] - fixedPoint.planeBits,
      weightBytes: outputs * (4 + 4 * (pairsOf(inputs) * kernel * kernel + stabiliserPairs)),
    };
  });
}

/**
 * Writes a layer's weights at `address`: for each group of outputs the stabiliser's two weights for each pair and
 * output; the initial sums; two weights for each input pair, tap and output.
 */
export function writeLayerWeights(
  memory: WebAssembly.Memory,
  address: number,
  model: QuantisedModel,
  layers: readonly LayerLayout[],
  l: number,
): void {
  const layer = layers[l];
  const tensors = scaledTensors(model);
  const biases = tensors.get(`synthesis.${l}.bias`)!;
  const inputBits = [model.fixedPoint.planeBits, ...model.fixedPoint.layerBits][l];
  const half = layer.shift === 0 ? 0 : 1 << (layer.shift - 1);
  const convolution = {
    weights: tensors.get(`synthesis.${l}.weight`)!,
    inputs: layer.inputs,
    taps: layer.kernel * layer.kernel,
  };
  const stabiliser = {
    weights: tensors.get("synthesis.stabiliser") ?? new Int32Array(),
    inputs: layers[0].inputs,
    taps: 1,
  };
  const i32 = new Int32Array(memory.buffer, address, layer.weightBytes / 4);
  let at = 0;
  for (let first = 0; first < layer.outputs; first += GROUP_OUTPUTS) {
    const group = Array.from({ length: Math.min(GROUP_OUTPUTS, layer.outputs - first) }, (_, i) => first + i);
    for (let pair = 0; pair < layer.stabiliserPairs; pair++) {
      for (const o of group) i32[at++] = weightPair(stabiliser, o, { pair, tap: 0 });
    }
    for (const o of group) i32[at++] = (biases[o] << inputBits) + half;
    for (const pair of inputPairs(layer, pairsOf(layer.inputs))) {
      for (const o of group) i32[at++] = weightPair(convolution, o, pair);
    }
  }
}

/** Taps (row-major) and input pairs in the order in which the kernel adds their products. */
export function inputPairs({ kernel }: { kernel: number }, pairs: number): { pair: number; tap: number }[] {
  const order: { pair: number; tap: number }[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    for (let tap = 0; tap < kernel * kernel; tap++) order.push({ pair, tap });
  }
  return order;
}

interface Weights {
  /** `[outputs, inputs, taps]` */
  readonly weights: Int32Array;
  readonly inputs: number;
  readonly taps: number;
}

/** The weights of inputs 2 pair (low half) and 2 pair + 1 for output o. */
function weightPair(
  { weights, inputs, taps }: Weights,
  o: number,
  { pair, tap }: { pair: number; tap: number },
): number {
  const weight = (input: number) => input < inputs ? clampI16(weights[(o * inputs + input) * taps + tap]) : 0;
  return (weight(2 * pair) & 0xffff) | (weight(2 * pair + 1) << 16);
}
