/** What a model costs as training and its searches see it: distortion and all bits, in bits. */

import type { LossSums } from "../kernels/graph.ts";
import type { Scalars } from "../kernels/program.ts";
import type { Image } from "./image.ts";
import { parameterGroupCostBits, type PricedGroup } from "./parameter_cost.ts";

/** Latent bits and distortion of loss sums, under weights that scale the loss to bits (`lossWeights`). */
export function lossBits(loss: LossSums, { rateWeight, distortionWeight }: Scalars): number {
  return loss.bits * rateWeight + loss.squaredError * distortionWeight;
}

/** Bits of all parameters on grids of these steps around learned defaults; without them, around zero. */
export function networkBits(
  groups: readonly PricedGroup[],
  parameters: Float32Array,
  stepBits: readonly number[],
  defaults?: Float32Array,
): number {
  return groups.reduce((sum, { offset, length, expected }, g) => {
    const step = (value: number, i: number) => Math.round((value - (defaults?.[offset + i] ?? 0)) * 2 ** stepBits[g]);
    const values = Int32Array.from(parameters.subarray(offset, offset + length), step);
    return sum + parameterGroupCostBits(values, stepBits[g], expected);
  }, 0);
}

/** Bits that a squared error of 1, in units of a sample's last bit, is worth. */
export function squaredErrorBits({ bitDepth, channels }: Pick<Image, "bitDepth" | "channels">, lambda: number): number {
  const peak = 2 ** bitDepth - 1;
  return 1 / (peak ** 2 * channels * lambda);
}
