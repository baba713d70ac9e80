/** Chooses the quantisation step of every parameter group by what it costs in bits and in quality. */

import { MAX_PARAMETER, MIN_PARAMETER } from "../bitstream/weights.ts";
import type { ParameterGroup } from "../bitstream/parameters.ts";
import type { Executor } from "../kernels/executor.ts";
import type { Scalars } from "../kernels/program.ts";
import { lossBits } from "./model_cost.ts";
import { parameterGroupCostBits } from "./parameter_cost.ts";

/** Quantised parameters, see `QuantisedModel`. */
export interface QuantisedParameters {
  readonly stepBits: number[];
  readonly parameters: Int32Array;
}

/** A group's step is coarsened until the total cost has risen this often. */
const PATIENCE = 2;

/**
 * Greedy search, one group after the other, from the finest step to coarser ones, each tried by a pass over the image with
 * everything else as it is. The executor ends up with the quantised parameters.
 *
 * @param scalars Loss weights scaled to bits (`lossWeights`): the cost is `loss + bits of the parameters`.
 */
export async function quantiseParameters(
  executor: Executor,
  groups: readonly ParameterGroup[],
  { scalars, signal }: { scalars: Scalars; signal?: AbortSignal | undefined },
): Promise<QuantisedParameters> {
  const floats = await executor.readParameters();
  const current = new Float32Array(floats);
  const result: QuantisedParameters = { stepBits: [], parameters: new Int32Array(floats.length) };
  for (const group of groups) {
    let best = { cost: Infinity, stepBits: group.maxStepBits };
    let misses = 0;
    for (let stepBits = group.maxStepBits; stepBits >= 0 && misses < PATIENCE; stepBits--) {
      signal?.throwIfAborted();
      const values = quantiseGroup(floats, group, stepBits);
      if (!values) break;
      writeGroup(current, group, { values, stepBits });
      await executor.writeParameters(current);
      const loss = await executor.evaluate(scalars);
      const cost = parameterGroupCostBits(values) + lossBits(loss, scalars);
      if (cost < best.cost) best = { cost, stepBits };
      misses = cost > best.cost ? misses + 1 : 0;
    }
    const values = quantiseGroup(floats, group, best.stepBits)!;
    writeGroup(current, group, { values, stepBits: best.stepBits });
    result.parameters.set(values, group.offset);
    result.stepBits.push(best.stepBits);
  }
  await executor.writeParameters(current);
  return result;
}

/** The group's parameters in units of `2^-stepBits`; undefined if one does not fit the file. */
function quantiseGroup(floats: Float32Array, group: ParameterGroup, stepBits: number): Int32Array | undefined {
  const values = Int32Array.from(
    floats.subarray(group.offset, group.offset + group.length),
    (value) => Math.round(value * 2 ** stepBits),
  );
  return values.every((value) => value >= MIN_PARAMETER && value <= MAX_PARAMETER) ? values : undefined;
}

function writeGroup(
  floats: Float32Array,
  group: ParameterGroup,
  { values, stepBits }: { values: Int32Array; stepBits: number },
): void {
  values.forEach((value, i) => floats[group.offset + i] = value * 2 ** -stepBits);
}
