/** Steps of single latents that may pay, and batches of them that do not disturb each other. */

import { predictedMu } from "../bitstream/integer_arm.ts";
import { muInteger } from "../bitstream/symbols.ts";
import { type Move, type PricedModel, WINDOW_REACH } from "./priced_model.ts";
import { latentCostBits } from "./symbol_cost.ts";

/** `inward`: towards the expectation, which saves bits; `outward`: away from it, or from it, which costs bits. */
export type MoveKind = "inward" | "outward";

/** Outward steps that cost more bits than this hardly ever pay. */
const MOST_BITS = 3;

/** The steps of one kind on the main grid of a level, those first that cost the fewest bits by themselves. */
export function candidateMoves(priced: PricedModel, level: number, kind: MoveKind): Move[] {
  const latents = priced.gridOf(level);
  const predictions = priced.predictionsOf(level);
  const moves: (Move & { readonly price: number })[] = [];
  for (let index = 0; index < latents.length; index++) {
    const value = latents[index];
    const bits = (delta: number) => latentCostBits(value + delta, predictions[index]);
    const inward = Math.sign(muInteger(predictedMu(predictions[index])) - value);
    const outward = inward !== 0 ? -inward : bits(1) < bits(-1) ? 1 : -1;
    const delta = kind === "inward" ? inward : outward;
    const price = bits(delta) - bits(0);
    if (delta !== 0 && (kind === "inward" || price <= MOST_BITS)) moves.push({ index, delta, price });
  }
  return moves.sort((a, b) => a.price - b.price);
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
