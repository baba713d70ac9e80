/** Steps of single latents that may pay, and batches of them that do not disturb each other. */

import { predictedMu, predictedScale } from "../bitstream/integer_arm.ts";
import { muInteger } from "../bitstream/symbols.ts";
import type { PricedModel } from "./priced_model.ts";
import { symbolCostBits } from "./symbol_cost.ts";

/** A step of one latent. */
export interface Move {
  /** Row-major index in its grid. */
  readonly index: number;
  /** -1 or 1. */
  readonly delta: number;
}

/** `inward`: towards the expectation, which saves bits; `outward`: away from it, or from it, which costs bits. */
export type MoveKind = "inward" | "outward";

/** How far around a latent, in sites of its grid, a step of it is priced. */
export const WINDOW_REACH = 4;
/** Outward steps that cost more bits than this hardly ever pay. */
const MOST_BITS = 3;

/** The steps of one kind on the main grid of a level, those first that cost the fewest bits by themselves. */
export function candidateMoves(priced: PricedModel, level: number, kind: MoveKind): Move[] {
  const latents = priced.gridOf(level);
  const predictions = priced.predictionsOf(level);
  const moves: Move[] = [];
  const prices: number[] = [];
  for (let index = 0; index < latents.length; index++) {
    const [mu, scale] = [predictedMu(predictions[index]), predictedScale(predictions[index])];
    const value = latents[index];
    const inward = Math.sign(muInteger(mu) - value);
    const bits = (delta: number) => symbolCostBits(value + delta, mu, scale) - symbolCostBits(value, mu, scale);
    if (kind === "inward") {
      if (inward === 0) continue;
      moves.push({ index, delta: inward });
      prices.push(bits(inward));
    } else {
      const delta = inward !== 0 ? -inward : bits(1) < bits(-1) ? 1 : -1;
      const price = bits(delta);
      if (price > MOST_BITS) continue;
      moves.push({ index, delta });
      prices.push(price);
    }
  }
  const order = Array.from(moves.keys()).sort((a, b) => prices[a] - prices[b] || a - b);
  return order.map((i) => moves[i]);
}

/** Splits moves into those, taken greedily, whose windows do not overlap, and the rest. */
export function nextBatch(
  moves: readonly Move[],
  { width, height }: { width: number; height: number },
): { batch: Move[]; rest: Move[] } {
  const taken = new Uint8Array(width * height);
  const distance = 2 * WINDOW_REACH;
  const batch: Move[] = [];
  const rest: Move[] = [];
  for (const move of moves) {
    if (taken[move.index]) {
      rest.push(move);
      continue;
    }
    batch.push(move);
    const [y, x] = [Math.floor(move.index / width), move.index % width];
    const [left, right] = [Math.max(0, x - distance), Math.min(width, x + distance + 1)];
    for (let row = Math.max(0, y - distance); row < Math.min(height, y + distance + 1); row++) {
      taken.fill(1, row * width + left, row * width + right);
    }
  }
  return { batch, rest };
}
