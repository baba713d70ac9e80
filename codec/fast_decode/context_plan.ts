/**
 * How the kernel gathers the context of a latent: as pairs of horizontal neighbours, because one 32-bit load fetches two
 * latents and one `i32x4.dot_i16x8_s` multiplies both.
 */

import { CONTEXT_OFFSETS } from "../../bitstream/architecture.ts";

/** Two neighbours side by side. An index is the place in the context, or -1 for one that is not part of it (weight 0). */
export interface ContextPair {
  /** Rows above the latent, 0..4. */
  readonly up: number;
  /** Column of the left one, relative to the latent. In row 0: -4 or -2. */
  readonly dx: number;
  readonly left: number;
  readonly right: number;
}

/** Most rows above and columns beside a latent that a context reaches. */
export const CONTEXT_REACH = 4;

/** Pairs that cover the first `contexts` offsets. Those of row 0 come last: they depend on the latent just decoded. */
export function contextPairs(contexts: number): ContextPair[] {
  const indices = new Map<string, number>();
  CONTEXT_OFFSETS.slice(0, contexts).forEach(([dy, dx], i) => indices.set(`${-dy},${dx}`, i));
  const index = (up: number, dx: number) => indices.get(`${up},${dx}`) ?? -1;
  const pairs: ContextPair[] = [];
  for (let up = CONTEXT_REACH; up >= 0; up--) {
    const last = up === 0 ? -1 : CONTEXT_REACH;
    for (let dx = -CONTEXT_REACH; dx <= last; dx++) {
      // Row 0 is kept in registers as (-4, -3) and (-2, -1); in the rows above a pair starts where one is needed.
      if (up > 0 && index(up, dx) < 0) continue;
      const pair = { up, dx, left: index(up, dx), right: index(up, dx + 1) };
      if (pair.left >= 0 || pair.right >= 0) pairs.push(pair);
      dx++;
    }
  }
  return pairs;
}
