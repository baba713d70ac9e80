/** Quality from 1 to 100 as a price of a bit. */

/** Lambda of quality 1 and 100. */
const WORST = 0.1;
const BEST = 1e-5;

/**
 * The lambda of a quality 1..100: `0.1 * 10^(-4 (quality - 1) / 99)`, so that 100 is 1e-5, 51 about 1e-3 (the default) and
 * 1 is 0.1. Throws a `RangeError` outside.
 */
export function qualityToLambda(quality: number): number {
  if (!(quality >= 1 && quality <= 100)) {
    throw new RangeError(`Cannot encode: expected a quality 1..100, received ${quality}`);
  }
  return WORST * (BEST / WORST) ** ((quality - 1) / 99);
}
