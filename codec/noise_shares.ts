/** How much of the training's noise the latents of each level have. */

import { isSmooth } from "./detail.ts";

/** Shares of levels 0, 1 and so on; the last one is that of all coarser levels. */
export type NoiseShares = readonly [number, ...number[]];

/** The same noise at all levels. */
export const EVEN_NOISE: NoiseShares = [1];
/** A latent of a coarse grid moves many pixels: there, noise costs more than rounding will. */
const LESS_WHERE_COARSE: NoiseShares = [1, 1, 0.7];
const LESS_WHERE_SMOOTH: NoiseShares = [0.9, 1, 0.7];
/** Detail, in units of lambda, above which less noise does harm: busy pictures hide values in it. */
const MOST_DETAIL = 6;
/** Iterations of the longest training that gains: longer ones end in less noise, and hide values in still less. */
const MOST_ITERATIONS = 1000;

/** What the choice depends on. */
export interface NoiseShareOptions {
  /** See `imageDetail`. */
  readonly detail: number;
  /** Price of a bit, see `EncodeOptions`. */
  readonly lambda: number;
  readonly iterations: number;
}

/** The shares for a training. */
export function chooseNoiseShares({ detail, lambda, iterations }: NoiseShareOptions): NoiseShares {
  if (iterations > MOST_ITERATIONS || detail > MOST_DETAIL * lambda) return EVEN_NOISE;
  return isSmooth(detail, lambda) ? LESS_WHERE_SMOOTH : LESS_WHERE_COARSE;
}

/** The share of a level. */
export function shareOf(shares: NoiseShares, level: number): number {
  return shares[Math.min(level, shares.length - 1)];
}
