/** What a group of network parameters costs in bits, without writing it: for the search of quantisation steps. */

import { MAX_SPREAD, spreadCode } from "../bitstream/weights.ts";
import { NEGATIVE_COST, NONZERO_COST, POSITIVE_COST, RUN_COSTS, ZERO_COST } from "./symbol_cost.ts";
import { MU_PHASES } from "../bitstream/probability_table.ts";

const RUN_COST = RUN_COSTS[0];
/** Step exponent and spread of a group. */
const GROUP_FIELD_BITS = 4 + 6;

/** Bits of one group with its fields, for the spread that makes it cheapest. `values` in units of the step. */
export function parameterGroupCostBits(values: Int32Array): number {
  if (values.every((value) => value === 0)) return GROUP_FIELD_BITS;
  let best = Infinity;
  let counts = countSymbols(values, 0);
  let countedShift = 0;
  for (let spread = 0; spread <= MAX_SPREAD; spread++) {
    const { shift, scale, mu } = spreadCode(spread);
    if (shift !== countedShift) {
      counts = countSymbols(values, shift);
      countedShift = shift;
    }
    best = Math.min(best, valuesCostBits(counts, scale, mu) + shift * values.length);
  }
  return GROUP_FIELD_BITS + best;
}

/** All that the price of symbols around zero depends on. */
interface SymbolCounts {
  readonly zeros: number;
  readonly negatives: number;
  readonly positives: number;
  /** Steps of all runs: the sum of magnitudes beyond 1. */
  readonly steps: number;
}

function countSymbols(values: Int32Array, shift: number): SymbolCounts {
  let [zeros, negatives, positives, steps] = [0, 0, 0, 0];
  for (const value of values) {
    const symbol = value >> shift;
    if (symbol === 0) {
      zeros++;
      continue;
    }
    if (symbol < 0) negatives++;
    else positives++;
    steps += Math.abs(symbol) - 1;
  }
  return { zeros, negatives, positives, steps };
}

function valuesCostBits({ zeros, negatives, positives, steps }: SymbolCounts, scale: number, mu: number): number {
  const entry = scale * MU_PHASES + (mu & (MU_PHASES - 1));
  return zeros * ZERO_COST[entry] + negatives * NEGATIVE_COST[entry] + positives * POSITIVE_COST[entry] +
    (negatives + positives) * (NONZERO_COST[entry] + RUN_COST.stop[scale]) +
    steps * RUN_COST.step[scale];
}
