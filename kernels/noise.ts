/**
 * The noise of training: a Gaussian-like variable from a counter, the same on every back-end.
 *
 * Two 32-bit hashes of the counter give eight bytes; their sum has mean 1020 and variance `8 (256^2 - 1) / 12`. Integers
 * only, so the reference, WASM and WGSL agree to the last bit before scaling.
 */

/** Multiplies the counter before the key is added (golden ratio, odd). */
export const NOISE_STRIDE = 0x9e3779b1;
/** Added between the two hashes. */
export const NOISE_SECOND = 0x85ebca6b;
/** Multipliers of the hash (two rounds of xor-shift and multiply, "lowbias32"). */
export const HASH_MULTIPLIERS = [0x7feb352d, 0x846ca68b] as const;
/** Shifts of the hash. */
export const HASH_SHIFTS = [16, 15, 16] as const;
/** Mean of the sum of eight bytes. */
export const NOISE_MEAN = 1020;
/** One over the standard deviation of the sum of eight bytes. */
export const NOISE_SCALE = 1 / Math.sqrt(8 * (256 * 256 - 1) / 12);

/** Mixes 32 bits; a bijection. */
export function hash32(value: number): number {
  let x = value >>> 0;
  x = Math.imul(x ^ (x >>> HASH_SHIFTS[0]), HASH_MULTIPLIERS[0]) >>> 0;
  x = Math.imul(x ^ (x >>> HASH_SHIFTS[1]), HASH_MULTIPLIERS[1]) >>> 0;
  return (x ^ (x >>> HASH_SHIFTS[2])) >>> 0;
}

/** Noise variable number `counter` under `key`: zero mean, unit variance, within 4.9. */
export function gaussian(counter: number, key: number): number {
  const x = (Math.imul(counter, NOISE_STRIDE) + key) >>> 0;
  const sum = byteSum(hash32(x)) + byteSum(hash32(x + NOISE_SECOND));
  return (sum - NOISE_MEAN) * NOISE_SCALE;
}

function byteSum(word: number): number {
  return (word & 255) + ((word >>> 8) & 255) + ((word >>> 16) & 255) + (word >>> 24);
}
