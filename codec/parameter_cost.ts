/** What a group of network parameters costs in bits, without writing it: for the search of quantisation steps. */

import {
  type Expectation,
  type ExpectedFields,
  MAX_SPREAD,
  SPREAD_WIDTH,
  STEP_WIDTH,
} from "../bitstream/group_fields.ts";
import type { ParameterGroup } from "../bitstream/parameters.ts";
import { MU_PHASES, PROBABILITY_BITS } from "../bitstream/probability_table.ts";
import { spreadCode } from "../bitstream/weights.ts";
import { NEGATIVE_COST, NONZERO_COST, POSITIVE_COST, RUN_COSTS, symbolCostBits, ZERO_COST } from "./symbol_cost.ts";

const RUN_COST = RUN_COSTS[0];
const PLAIN_FIELD_BITS = STEP_WIDTH + SPREAD_WIDTH;

/** A group of parameters, and what is expected of its fields where a file has learned ones. */
export interface PricedGroup extends ParameterGroup {
  readonly expected?: ExpectedFields | undefined;
}

/**
 * Bits of one group with its fields, for the spread that makes it cheapest. `values` in units of the step; `stepBits` and
 * `expected` price learned fields, plain ones always take the same.
 */
export function parameterGroupCostBits(values: Int32Array, stepBits = 0, expected?: ExpectedFields): number {
  if (values.every((value) => value === 0)) return expected ? usedBits(false, expected) : PLAIN_FIELD_BITS;
  const expectedSpread = expected?.spread(stepBits);
  let best = Infinity;
  let counts = countSymbols(values, 0);
  let countedShift = 0;
  for (let spread = 0; spread <= MAX_SPREAD; spread++) {
    const { shift, scale, mu } = spreadCode(spread);
    if (shift !== countedShift) {
      counts = countSymbols(values, shift);
      countedShift = shift;
    }
    const field = expectedSpread ? bitsAround(spread, expectedSpread) : 0;
    best = Math.min(best, field + valuesCostBits(counts, scale, mu) + shift * values.length);
  }
  return best + (expected ? usedBits(true, expected) + bitsAround(stepBits, expected.stepBits) : PLAIN_FIELD_BITS);
}

function usedBits(isUsed: boolean, { used }: ExpectedFields): number {
  return PROBABILITY_BITS - Math.log2(isUsed ? used : (1 << PROBABILITY_BITS) - used);
}

function bitsAround(value: number, { mu, scale }: Expectation): number {
  return symbolCostBits(value, mu, scale, RUN_COST);
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
