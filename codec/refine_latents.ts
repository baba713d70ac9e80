/** Search on the quantised latents: single steps that pay, judged by the decoder's own integers and probabilities. */

import type { QuantisedModel } from "../bitstream/quantised_model.ts";
import type { Image } from "./image.ts";
import { candidateMoves, type MoveKind, nextBatch } from "./latent_moves.ts";
import { PricedModel } from "./priced_model.ts";

/** What the search needs. */
export interface RefineLatentsOptions {
  /** Price of a bit, see `EncodeOptions`. */
  readonly lambda: number;
  /** Times that the picture may be predicted and reconstructed. */
  readonly passes: number;
  /** When to stop at the latest, in milliseconds of `performance.now()`. */
  readonly until?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Moves in the order in which they pay, and the levels, finest first: coarser ones have few latents. */
const KINDS: readonly MoveKind[] = ["inward", "outward"];
const LEVELS = 4;
/** A level is left when a batch is smaller than this share of its largest: what remains are clusters, a few per pass. */
const LEAST_BATCH = 0.3;

/**
 * Moves single latents of the finest levels by one step while the cost (distortion and latent bits) falls. A batch of moves
 * that are too far apart to disturb each other is tried at once, and each is judged by what it changes around it. Changes
 * `model.grids` in place. Gives the bits saved. Now and then lets other work of this thread run, such as that which aborts.
 */
export async function refineLatents(
  model: QuantisedModel,
  image: Image,
  { lambda, passes, until = Infinity, signal }: RefineLatentsOptions,
): Promise<number> {
  const pause = pauses();
  let left = passes - 1;
  if (left <= 0 || performance.now() >= until) return 0;
  let saved = 0;
  const priced = new PricedModel(model, image, lambda);
  for (const kind of KINDS) {
    for (let level = 0; level < Math.min(LEVELS, model.shape.topLevel + 1); level++) {
      const before = { cost: priced.cost(), grid: priced.gridOf(level).slice() };
      let moves = candidateMoves(priced, level, kind);
      let least = 1;
      while (left > 1 && performance.now() < until) {
        await pause();
        signal?.throwIfAborted();
        const { batch, rest } = nextBatch(moves, priced.sizeOf(level));
        if (batch.length < least) break;
        least = Math.max(least, batch.length * LEAST_BATCH);
        priced.tryMoves(level, batch);
        moves = rest;
        left--;
      }
      // What a move changes beyond its window is not in its price.
      left--;
      priced.refresh();
      const gain = before.cost - priced.cost();
      if (gain >= 0) saved += gain;
      else {
        priced.gridOf(level).set(before.grid);
        priced.refresh();
      }
      if (left <= 1 || performance.now() >= until) return saved;
    }
  }
  return saved;
}

/** Time between two pauses, in milliseconds. */
const PAUSE_EVERY = 200;

/** A function that lets the event loop turn, if it has not for a while. */
function pauses(): () => Promise<void> {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < PAUSE_EVERY) return;
    await new Promise((resolve) => setTimeout(resolve));
    last = performance.now();
  };
}
