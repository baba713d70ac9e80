/** Adler-32, the checksum at the end of a zlib stream, of parts that different threads have. */

const MODULUS = 65521;
/** Most bytes whose sums stay below 2^32 without a reduction. */
const RUN = 5552;

/** Adler-32 of some bytes: 0..2^32-1. */
export function adler32(bytes: Uint8Array): number {
  let [low, high] = [1, 0];
  for (let start = 0; start < bytes.length; start += RUN) {
    const end = Math.min(start + RUN, bytes.length);
    for (let i = start; i < end; i++) {
      low += bytes[i];
      high += low;
    }
    low %= MODULUS;
    high %= MODULUS;
  }
  return joined(low, high);
}

/** Adler-32 of two parts, one after the other, from those of the parts and the second one's length in bytes. */
export function combineAdler32(first: number, second: number, secondLength: number): number {
  // Each byte of the second part has added the first part's low sum, instead of 1, to the high one.
  const [before, low] = [(first & 0xffff) - 1, second & 0xffff];
  const high = (first >>> 16) + (second >>> 16) + (secondLength % MODULUS) * before;
  return joined((low + before + MODULUS) % MODULUS, (high + MODULUS * MODULUS) % MODULUS);
}

function joined(low: number, high: number): number {
  return ((high << 16) | low) >>> 0;
}
