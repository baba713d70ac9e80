/** A 32-bit float in a table of integers. */

/** The bits of a value rounded to 32 bits, as an unsigned integer. */
export function floatBits(value: number): number {
  return new Uint32Array(Float32Array.of(value).buffer)[0];
}
