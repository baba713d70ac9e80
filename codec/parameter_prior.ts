/** The cost of the network parameters as training sees it: a Laplace density around their defaults for each group. */

import { parameterCount, type ParameterGroup } from "../bitstream/parameters.ts";
import type { ParameterPrior } from "../kernels/parameter_optimiser.ts";

/** Added to the scale of a group, in units of its finest step: an all-zero group must be able to leave zero. */
const LEAST_SCALE = 2;
/** The same for a group that starts at learned defaults, as a value: they are to be left where it pays. */
const LEAST_DEPARTURE = { arm: 0.01, ifce: 0.01, upsampling: 0.01, synthesis: 0.001 } as const;

/** How a prior is made. */
export interface PriorOptions {
  /** Factor of the whole cost, that of the loss (`ScheduleOptions.lossScale`). */
  readonly scale?: number;
  /** How many of the groups are frozen, the first ones; default 0. */
  readonly frozen?: number;
  /** Learned defaults of all parameters; default: none. */
  readonly defaults?: Float32Array | undefined;
}

/**
 * The prior for parameters as they are now: the width of a group is its mean distance from the defaults, which makes the
 * Laplace density cheapest, so that the weights are the derivative of the bits the file will spend.
 */
export function priorAt(
  groups: readonly ParameterGroup[],
  parameters: Float32Array,
  { scale = 1, frozen: frozenGroups = 0, defaults }: PriorOptions = {},
): ParameterPrior {
  const [weight, frozen] = [0, 1].map(() => new Float32Array(parameterCount(groups)));
  const centre = defaults ?? new Float32Array(parameterCount(groups));
  groups.forEach(({ module, offset, length, maxStepBits }, g) => {
    const end = offset + length;
    let distance = 0;
    for (let i = offset; i < end; i++) distance += Math.abs(parameters[i] - centre[i]);
    const isLearned = centre.subarray(offset, end).some((value) => value !== 0);
    const least = isLearned ? LEAST_DEPARTURE[module] : LEAST_SCALE * 2 ** -maxStepBits;
    weight.fill(scale * Math.LOG2E / (distance / length + least), offset, end);
    if (g < frozenGroups) frozen.fill(1, offset, end);
  });
  return { centre, weight, frozen };
}
