/** What a Laplace symbol costs in bits: the encoder's searches count with the coder's own probabilities. */

import { predictedMu, predictedScale, type Prediction } from "../bitstream/integer_arm.ts";
import { MU_PHASES, PROBABILITIES, PROBABILITY_BITS } from "../bitstream/probability_table.ts";
import { muInteger } from "../bitstream/symbols.ts";

const ONE = 1 << PROBABILITY_BITS;
const bits = (probability: number) => PROBABILITY_BITS - Math.log2(probability);
const complement = (table: Uint16Array) => table.map((probability) => ONE - probability);
const costs = (table: Uint16Array) => Float64Array.from(table, bits);

/** Bits of a zero residual, `[SCALE_COUNT, MU_PHASES]`. */
export const ZERO_COST = costs(PROBABILITIES.zero);
/** Bits of the flag of a residual that is not zero, `[SCALE_COUNT, MU_PHASES]`. */
export const NONZERO_COST = costs(complement(PROBABILITIES.zero));
/** Bits of the sign, `[SCALE_COUNT, MU_PHASES]`. */
export const NEGATIVE_COST = costs(PROBABILITIES.negative);
/** Bits of the sign, `[SCALE_COUNT, MU_PHASES]`. */
export const POSITIVE_COST = costs(complement(PROBABILITIES.negative));

/** Bits of a run's parts. */
export interface RunCost {
  /** Its end, `[SCALE_COUNT]`. */
  readonly stop: Float64Array;
  /** Each of its steps, `[SCALE_COUNT]`. */
  readonly step: Float64Array;
}

const runCost = (stops: Uint16Array): RunCost => ({ stop: costs(stops), step: costs(complement(stops)) });
/** Runs for each shortening 0..7; network parameters have 0. */
export const RUN_COSTS: readonly RunCost[] = PROBABILITIES.stops.map(runCost);
/** Runs of latents as most trained files choose them: for searches made before a file chooses. */
export const LATENT_RUN_COST = RUN_COSTS[5];

/** Bits of the latent (or, with its runs, parameter) `value` for an expectation `mu` (Q6) and a scale index 0..63. */
export function symbolCostBits(value: number, mu: number, scale: number, run: RunCost = LATENT_RUN_COST): number {
  const entry = scale * MU_PHASES + (mu & (MU_PHASES - 1));
  const residual = value - muInteger(mu);
  if (residual === 0) return ZERO_COST[entry];
  const sign = residual < 0 ? NEGATIVE_COST[entry] : POSITIVE_COST[entry];
  return NONZERO_COST[entry] + sign + (Math.abs(residual) - 1) * run.step[scale] + run.stop[scale];
}

/** Bits of a latent under the decoder's prediction for it. */
export function latentCostBits(value: number, prediction: Prediction, run?: RunCost): number {
  return symbolCostBits(value, predictedMu(prediction), predictedScale(prediction), run);
}
