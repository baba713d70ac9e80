/**
 * Where the ARM's weights lie in the kernel's memory: `i32x4.dot_i16x8_s` multiplies one pair of inputs, in all lanes, with
 * the weights of four outputs.
 *
 *     first layer      initial sums, [context pairs][vectors], [feature pairs][vectors]
 *     hidden layer     initial sums [vectors], [input pairs][vectors]
 *     output           for each of its two rows: weights along the inputs, [input vectors of 8]
 *
 * The first layer's lanes are the first hidden layer's outputs, and the stabiliser's two sums in lanes 2 and 3 of their last
 * vector if these are free, else in a vector of their own. Without hidden layers there is one vector: the output's sums in
 * lanes 0 and 1 and the stabiliser's in lanes 2 and 3.
 */

import type { IntegerArm, IntegerLayer } from "../../bitstream/integer_arm.ts";
import type { Architecture } from "../../bitstream/architecture.ts";
import { type ContextPair, contextPairs } from "./context_plan.ts";

/** Sizes of an ARM kernel, all derived from the architecture. */
export interface ArmLayout {
  readonly pairs: readonly ContextPair[];
  /** Inter-grid features, and in pairs. */
  readonly features: number;
  readonly featurePairs: number;
  /** Of the features' window. */
  readonly ifceReach: number;
  /** Widths of the hidden layers. */
  readonly hidden: readonly number[];
  /** Vectors of four lanes in the first layer's sums. */
  readonly firstVectors: number;
  /** The first lane of what is not activated: stabiliser, or output without hidden layers; `undefined` if there is neither. */
  readonly linearLane: number | undefined;
  /** Byte offsets of: first layer's context weights, its initial sums and feature weights, each later hidden layer, output. */
  readonly contextOffset: number;
  readonly initialOffset: number;
  readonly featureOffset: number;
  readonly hiddenOffsets: readonly number[];
  readonly outputOffset: number;
  readonly bytes: number;
}

const VECTOR = 16;

/** The layout for an architecture. */
export function armLayout(architecture: Architecture): ArmLayout {
  const pairs = contextPairs(architecture.contexts);
  const hidden = architecture.armLayers.map((layer) => layer.outputs);
  const linearLane = hidden.length === 0 || architecture.armStabiliser ? firstFreeLane(hidden[0] ?? 0) : undefined;
  const firstVectors = Math.ceil((linearLane === undefined ? hidden[0] : linearLane + 2) / 4);
  const featurePairs = Math.ceil(architecture.features / 2);
  let end = 0;
  const reserve = (vectors: number) => (end += vectors * VECTOR) - vectors * VECTOR;
  return {
    pairs,
    features: architecture.features,
    featurePairs,
    ifceReach: architecture.ifceReach,
    hidden,
    firstVectors,
    linearLane,
    contextOffset: reserve(pairs.length * firstVectors),
    initialOffset: reserve(firstVectors),
    featureOffset: reserve(featurePairs * firstVectors),
    hiddenOffsets: hidden.slice(1).map((outputs, l) =>
      reserve((1 + Math.ceil(hidden[l] / 2)) * Math.ceil(outputs / 4))
    ),
    outputOffset: reserve(1 + 2 * Math.ceil((hidden.at(-1) ?? 0) / 8)),
    bytes: end,
  };
}

/** The first of two free lanes in the same half of a vector. */
function firstFreeLane(outputs: number): number {
  return 2 * Math.ceil(outputs / 2) % 4 === 2 ? 2 * Math.ceil(outputs / 2) : 4 * Math.ceil(outputs / 4);
}

/** Writes an ARM's weights at `address`. */
export function writeArmWeights(memory: WebAssembly.Memory, address: number, layout: ArmLayout, arm: IntegerArm): void {
  const i16 = new Int16Array(memory.buffer, address, layout.bytes / 2);
  const i32 = new Int32Array(memory.buffer, address, layout.bytes / 4);
  writeFirstLayer(i16, i32, layout, arm);
  arm.hidden.slice(1).forEach((layer, l) => writeHiddenLayer(i16, i32, layout.hiddenOffsets[l], layer));
  writeOutput(i16, i32, layout, arm);
}

/** One lane of the first layer: a row of weights and where the sum starts. */
interface Lane {
  readonly layer: IntegerLayer;
  readonly row: number;
  readonly initial: number;
}

function firstLanes(
  { hidden, output, stabiliser }: IntegerArm,
  { firstVectors, linearLane }: ArmLayout,
): (Lane | undefined)[] {
  const lanes: (Lane | undefined)[] = [];
  const first = hidden[0];
  // The bias and the half that rounds the shift by 6.
  if (first) {
    for (let o = 0; o < first.outputs; o++) lanes[o] = { layer: first, row: o, initial: (first.biases[o] << 6) + 32 };
  }
  let at = linearLane ?? 0;
  for (const layer of first ? [stabiliser] : [output, stabiliser]) {
    if (layer) { for (const row of [0, 1]) lanes[at + row] = { layer, row, initial: 0 }; }
    at += 2;
  }
  return Array.from({ length: 4 * firstVectors }, (_, i) => lanes[i]);
}

function writeFirstLayer(i16: Int16Array, i32: Int32Array, layout: ArmLayout, arm: IntegerArm): void {
  const spatial = arm.inputs - layout.features;
  firstLanes(arm, layout).forEach((lane, l) => {
    if (!lane) return;
    const { layer, row, initial } = lane;
    const weight = (input: number) => input < 0 || input >= arm.inputs ? 0 : layer.weights[row * layer.inputs + input];
    i32[layout.initialOffset / 4 + l] = initial;
    const put = (offset: number, pair: number, left: number, right: number) => {
      const at = offset / 2 + pair * layout.firstVectors * 8 + 2 * l;
      i16[at] = weight(left);
      i16[at + 1] = weight(right);
    };
    layout.pairs.forEach(({ left, right }, pair) => put(layout.contextOffset, pair, left, right));
    for (let pair = 0; pair < layout.featurePairs; pair++) {
      put(layout.featureOffset, pair, spatial + 2 * pair, spatial + 2 * pair + 1);
    }
  });
}

function writeHiddenLayer(i16: Int16Array, i32: Int32Array, offset: number, layer: IntegerLayer): void {
  const lanes = 4 * Math.ceil(layer.outputs / 4);
  for (let o = 0; o < layer.outputs; o++) {
    i32[offset / 4 + o] = (layer.biases[o] << 8) + 128;
    for (let input = 0; input < layer.inputs; input++) {
      const at = offset / 2 + 2 * lanes + (input >> 1) * 2 * lanes + 2 * o + (input & 1);
      i16[at] = layer.weights[o * layer.inputs + input];
    }
  }
}

function writeOutput(i16: Int16Array, i32: Int32Array, layout: ArmLayout, { output }: IntegerArm): void {
  const at = layout.outputOffset;
  // Biases, halves that round the shifts by 10 and 13, and the offset of the scale index.
  i32[at / 4] = (output.biases[0] << 8) + (1 << 9);
  i32[at / 4 + 1] = (output.biases[1] << 8) + (3 << 15) + (1 << 12);
  if (layout.hidden.length === 0) return;
  const rowLength = 8 * Math.ceil(output.inputs / 8);
  for (const row of [0, 1]) {
    const weights = output.weights.subarray(row * output.inputs, (row + 1) * output.inputs);
    i16.set(weights, at / 2 + 8 + row * rowLength);
  }
}
