/** The cost of the network parameters as training sees it: a Laplace density around zero for each group. */

import { parameterCount, type ParameterGroup } from "../bitstream/parameters.ts";
import type { ParameterPrior } from "../kernels/parameter_optimiser.ts";

/** Added to the scale of a group, in units of its finest step: an all-zero group must be able to leave zero. */
const LEAST_SCALE = 2;

/** How a prior is made. */
export interface PriorOptions {
  /** Factor of the whole cost, that of the loss (`ScheduleOptions.lossScale`). */
  readonly scale?: number;
  /** How many of the groups are frozen, the first ones; default 0. */
  readonly frozen?: number;
}

/**
 * The prior for parameters as they are now: the width of a group is its mean magnitude, which makes the Laplace density
 * cheapest, so that the weights are the derivative of the bits the file will spend.
 */
export function priorAt(
  groups: readonly ParameterGroup[],
  parameters: Float32Array,
  { scale = 1, frozen: frozenGroups = 0 }: PriorOptions = {},
): ParameterPrior {
  const [centre, weight, frozen] = [0, 1, 2].map(() => new Float32Array(parameterCount(groups)));
  groups.forEach(({ offset, length, maxStepBits }, g) => {
    const end = offset + length;
    const magnitude = parameters.subarray(offset, end).reduce((sum, value) => sum + Math.abs(value), 0) / length;
    weight.fill(scale * Math.LOG2E / (magnitude + LEAST_SCALE * 2 ** -maxStepBits), offset, end);
    if (g < frozenGroups) frozen.fill(1, offset, end);
  });
  return { centre, weight, frozen };
}
