/** Chooses the quantisation step of every parameter group by what it costs in bits and in quality. */

import type { ParameterGroup } from "../bitstream/parameters.ts";
import type { Executor } from "../kernels/executor.ts";
import type { Scalars } from "../kernels/program.ts";
import type { MatrixFactors } from "../kernels/soap.ts";
import { differenceBounds } from "./learned_defaults.ts";
import { MatrixRounding } from "./matrix_rounding.ts";
import { lossBits } from "./model_cost.ts";
import { parameterGroupCostBits, type PricedGroup } from "./parameter_cost.ts";

/** Quantised parameters, see `QuantisedModel`: differences from learned defaults where there are any. */
export interface QuantisedParameters {
  readonly stepBits: number[];
  readonly parameters: Int32Array;
}

/** A group's step is coarsened until the total cost has risen this often. */
const PATIENCE = 2;

/** What the search needs. */
export interface QuantiseOptions {
  /** Loss weights scaled to bits (`lossWeights`): the cost is `loss + bits of the parameters`. */
  readonly scalars: Scalars;
  /** Learned defaults of all parameters; default: none. */
  readonly defaults?: Float32Array | undefined;
  /** Share of the loss that counts: that which a training that goes on will not make good; default: 1. */
  readonly lasting?: number;
  /** Whether errors of a weight matrix cancel, or each value is rounded by itself; default: true. */
  readonly cancelling?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Greedy search, one group after the other, from the finest step to coarser ones, each tried by a pass over the image with
 * everything else as it is. The executor ends up with the quantised parameters.
 */
export async function quantiseParameters(
  executor: Executor,
  groups: readonly PricedGroup[],
  { scalars, defaults, lasting = 1, cancelling = true, signal }: QuantiseOptions,
): Promise<QuantisedParameters> {
  const floats = await executor.readParameters();
  const base = defaults ?? new Float32Array(floats.length);
  const differences = floats.map((value, i) => value - base[i]);
  const factors = cancelling ? await executor.readFactors() : [];
  const current = new Float32Array(floats);
  const result: QuantisedParameters = { stepBits: [], parameters: new Int32Array(floats.length) };
  for (const group of groups) {
    const roundings = roundingsOf(group, factors);
    let best = { cost: Infinity, stepBits: group.maxStepBits };
    let misses = 0;
    for (let stepBits = group.maxStepBits; stepBits >= 0 && misses < PATIENCE; stepBits--) {
      signal?.throwIfAborted();
      const values = quantiseGroup(differences, { group, roundings, stepBits, base });
      writeGroup(current, group, { values, stepBits, base });
      await executor.writeParameters(current);
      const loss = await executor.evaluate(scalars);
      const cost = parameterGroupCostBits(values, stepBits, group.expected) + lasting * lossBits(loss, scalars);
      if (cost < best.cost) best = { cost, stepBits };
      misses = cost > best.cost ? misses + 1 : 0;
    }
    const { stepBits } = best;
    const values = quantiseGroup(differences, { group, roundings, stepBits, base });
    writeGroup(current, group, { values, stepBits, base });
    result.parameters.set(values, group.offset);
    result.stepBits.push(stepBits);
  }
  await executor.writeParameters(current);
  return result;
}

/** How the group's tensors are rounded, in their order: with what is known of their gradients, if anything. */
function roundingsOf({ tensors }: ParameterGroup, factors: readonly MatrixFactors[]): MatrixRounding[] {
  return tensors.map(({ offset, rows, cols }) => {
    const known = factors.find((matrix) => matrix.offset === offset);
    return new MatrixRounding(known ?? { offset, rows, cols, left: undefined, right: undefined });
  });
}

interface GroupRounding {
  readonly group: ParameterGroup;
  /** Of the group's tensors. */
  readonly roundings: readonly MatrixRounding[];
  readonly stepBits: number;
  /** Learned defaults of all parameters. */
  readonly base: Float32Array;
}

/** A group's parameters as differences from their defaults in units of `2^-stepBits`, as near as file and decoder can hold them. */
function quantiseGroup(differences: Float32Array, { group, roundings, stepBits, base }: GroupRounding): Int32Array {
  return Int32Array.from(
    group.tensors.flatMap((tensor, t) => [
      ...roundings[t].round(differences, 2 ** -stepBits, differenceBounds(group, tensor, { stepBits, defaults: base })),
    ]),
  );
}

function writeGroup(
  floats: Float32Array,
  { offset }: ParameterGroup,
  { values, stepBits, base }: { values: Int32Array; stepBits: number; base: Float32Array },
): void {
  values.forEach((value, i) => floats[offset + i] = base[offset + i] + value * 2 ** -stepBits);
}
