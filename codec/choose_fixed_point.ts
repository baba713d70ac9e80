/**
 * Estimates the finest fractional bits of the decoder's planes that cut no value off, from the planes of training;
 * `settleFixedPoint` then tries them on the decoder.
 */

import type { Architecture } from "../bitstream/architecture.ts";
import { findTensor, type ParameterGroup } from "../bitstream/parameters.ts";
import type { FixedPoint } from "../bitstream/quantised_model.ts";
import { MAX_FIXED_POINT, MIN_FIXED_POINT } from "../bitstream/fixed_point_fields.ts";
import { type Executor, readPlanes } from "../kernels/executor.ts";
import { synthesisStages, type TrainingGraph } from "./training_graph.ts";

/** Finest resolution that helps: finer planes only risk cutting values off. */
const FINEST = 12;
/** Headroom for what the fixed-point arithmetic and unseen sites add. */
const HEADROOM = 1.1;
/** About so many sites are looked at where a layer has to be computed here. */
const SAMPLED_SITES = 100_000;

/** Looks at the planes of the last pass over the image; `parameters` are the quantised ones, as floats. */
export async function chooseFixedPoint(
  executor: Executor,
  { arch, training, parameters }: { arch: Architecture; training: TrainingGraph; parameters: Float32Array },
): Promise<FixedPoint> {
  const planes = await readPlanes(executor, training.upsampled);
  const layerBits: number[] = [];
  let stageInputs = planes;
  for (const [first, end] of synthesisStages(arch.synthesis)) {
    layerBits.push(...hiddenBits(stageInputs, { arch, first, end: end - 1, groups: training.groups, parameters }));
    if (end === arch.synthesis.length) break;
    const outputs = await readPlanes(executor, training.stageOutputs[end - 1]);
    layerBits.push(fractionBits(largest(outputs)));
    stageInputs = outputs;
  }
  return { planeBits: fractionBits(largest(planes)), layerBits };
}

/** The most fractional bits with which a 16-bit integer holds `magnitude`. */
function fractionBits(magnitude: number): number {
  const bits = Math.floor(Math.log2(32767 / Math.max(magnitude * HEADROOM, 1e-3)));
  return Math.max(MIN_FIXED_POINT, Math.min(FINEST, MAX_FIXED_POINT, bits));
}

function largest(planes: readonly Float32Array[]): number {
  let max = 0;
  for (const plane of planes) for (const value of plane) max = Math.max(max, Math.abs(value));
  return max;
}

interface HiddenLayers {
  readonly arch: Architecture;
  /** Layers [first, end) are inside a stage: their outputs are not stored, and all but the first are 1x1. */
  readonly first: number;
  readonly end: number;
  readonly groups: readonly ParameterGroup[];
  readonly parameters: Float32Array;
}

/** Bits of layers whose outputs no plane holds: computed here on a sample of sites. A 3x3 layer is bounded instead. */
function hiddenBits(inputs: readonly Float32Array[], layers: HiddenLayers): number[] {
  const { arch, first, end } = layers;
  const bits: number[] = [];
  if (end <= first) return bits;
  const sites = inputs[0].length;
  const stride = Math.max(1, Math.floor(sites / SAMPLED_SITES));
  const peaks = new Float64Array(end - first);
  for (let site = 0; site < sites; site += stride) {
    let values = Float64Array.from(inputs, (plane) => plane[site]);
    for (let layer = first; layer < end; layer++) {
      values = applyLayer(values, layer, layers);
      for (const value of values) peaks[layer - first] = Math.max(peaks[layer - first], Math.abs(value));
    }
  }
  // A 3x3 layer was computed as if its window were flat; its true peak may be larger.
  peaks.forEach((peak) => bits.push(fractionBits(arch.synthesis[first].kernel === 1 ? peak : 2 * peak)));
  return bits;
}

function applyLayer(
  input: Float64Array,
  index: number,
  { arch, groups, parameters }: HiddenLayers,
): Float64Array<ArrayBuffer> {
  const weight = findTensor(groups, `synthesis.${index}.weight`);
  const bias = findTensor(groups, `synthesis.${index}.bias`);
  const { residual, relu } = arch.synthesis[index];
  const area = weight.cols / input.length;
  return Float64Array.from({ length: weight.rows }, (_, row) => {
    let sum = parameters[bias.offset + row] + (residual ? input[row] : 0);
    for (let i = 0; i < weight.cols; i++) {
      sum += parameters[weight.offset + row * weight.cols + i] * input[Math.floor(i / area)];
    }
    return relu ? Math.max(0, sum) : sum;
  });
}
