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

/** The shares for a picture of so much detail (`imageDetail`) at the price of a bit. */
export function chooseNoiseShares(detail: number, lambda: number): NoiseShares {
  if (isSmooth(detail, lambda)) return LESS_WHERE_SMOOTH;
  return detail <= MOST_DETAIL * lambda ? LESS_WHERE_COARSE : EVEN_NOISE;
}

/** The share of a level. */
export function shareOf(shares: NoiseShares, level: number): number {
  return shares[Math.min(level, shares.length - 1)];
}
