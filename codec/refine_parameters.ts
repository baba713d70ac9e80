/** Coordinate search on the quantised parameters: single steps that pay, judged by whole passes over the image. */

import type { Executor } from "../kernels/executor.ts";
import type { Scalars } from "../kernels/program.ts";
import { differenceBounds } from "./learned_defaults.ts";
import { lossBits } from "./model_cost.ts";
import { parameterGroupCostBits, type PricedGroup } from "./parameter_cost.ts";
import type { QuantisedParameters } from "./quantise_parameters.ts";
import { Random } from "./random.ts";

/** What the search needs. */
export interface RefineOptions {
  /** Loss weights scaled to bits (`lossWeights`). */
  readonly scalars: Scalars;
  /** Learned defaults of all parameters; default: none. */
  readonly defaults?: Float32Array | undefined;
  /** Passes over the image that may be spent. */
  readonly evaluations: number;
  /** When to stop at the latest, in milliseconds of `performance.now()`. */
  readonly until?: number | undefined;
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Visits the parameters in random order and moves each by one step of its group, towards its default first, while the total cost
 * falls. Changes `quantised.parameters` in place; the executor, which holds them, ends up with the result. Gives the bits
 * saved.
 */
export async function refineParameters(
  executor: Executor,
  groups: readonly PricedGroup[],
  quantised: QuantisedParameters,
  { scalars, defaults, evaluations, until = Infinity, seed, signal }: RefineOptions,
): Promise<number> {
  const { parameters, stepBits } = quantised;
  const floats = await executor.readParameters();
  const groupOf = groups.flatMap((group, g) => Array<number>(group.length).fill(g));
  const boundsOf = groups.flatMap((group, g) =>
    group.tensors.flatMap((tensor) =>
      Array<readonly [number, number]>(tensor.rows * tensor.cols).fill(
        differenceBounds(group, tensor, { stepBits: stepBits[g], defaults }),
      )
    )
  );
  const groupBits = (g: number) => {
    const { offset, length, expected } = groups[g];
    return parameterGroupCostBits(parameters.subarray(offset, offset + length), stepBits[g], expected);
  };
  const first = lossBits(await executor.evaluate(scalars), scalars);
  const networkBits = groups.map((_, g) => groupBits(g));
  let loss = first;
  let left = evaluations - 1;
  let saved = 0;
  for (const index of shuffled(parameters.length, seed)) {
    const inward = parameters[index] > 0 ? -1 : 1;
    for (const move of parameters[index] === 0 ? [1, -1] : [inward, -inward]) {
      if (left-- <= 0 || performance.now() > until) {
        await executor.writeParameters(floats);
        return saved;
      }
      signal?.throwIfAborted();
      const value = parameters[index] + move;
      const [least, most] = boundsOf[index];
      if (value < least || value > most) continue;
      const trial = Float32Array.from(floats);
      trial[index] = (defaults?.[index] ?? 0) + value * 2 ** -stepBits[groupOf[index]];
      await executor.writeParameters(trial);
      const trialLoss = lossBits(await executor.evaluate(scalars), scalars);
      parameters[index] = value;
      const bits = groupBits(groupOf[index]);
      const gain = loss + networkBits[groupOf[index]] - trialLoss - bits;
      if (gain > 0) {
        floats[index] = trial[index];
        loss = trialLoss;
        networkBits[groupOf[index]] = bits;
        saved += gain;
        break;
      }
      parameters[index] = value - move;
    }
  }
  await executor.writeParameters(floats);
  return saved;
}

/** The numbers 0..count-1 in random order (Fisher-Yates). */
function shuffled(count: number, seed: number): Int32Array {
  const random = new Random(seed);
  const order = Int32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(random.uniform() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}
