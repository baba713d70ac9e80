/**
 * One integer coded with a Laplace distribution: a zero flag, a sign, and a run in unary.
 *
 *     mu (Q6)  =  64 mi + r,  r in -32..31        residual d = y - mi
 *     d = 0:   0
 *     d < 0:   1 0 1 1 ... 1 0                    |d| - 1 ones, then a zero
 *     d > 0:   1 1 1 1 ... 1 0
 */

import { BitstreamError } from "./errors.ts";
import { MU_PHASES, PROBABILITIES } from "./probability_table.ts";
import type { RangeDecoder, RangeEncoder } from "./range_coder.ts";

/** Bounds of every coded integer. */
const [MIN_VALUE, MAX_VALUE] = [-32768, 32767];
const { zero, negative } = PROBABILITIES;

/** The integer nearest to `mu` (Q6), halves upwards: the value whose residual is zero. */
export function muInteger(mu: number): number {
  return (mu + MU_PHASES / 2) >> 6;
}

/** Writes `value` (i16) for an expectation `mu` (Q6, -8191..8191) and a scale index 0..63. `stops`: one of the run tables. */
export function encodeSymbol(
  coder: RangeEncoder,
  value: number,
  mu: number,
  scale: number,
  stops: Uint16Array,
): void {
  const residual = value - muInteger(mu);
  const entry = scale * MU_PHASES + (mu & (MU_PHASES - 1));
  if (residual === 0) return coder.encodeBit(0, zero[entry]);
  coder.encodeBit(1, zero[entry]);
  coder.encodeBit(residual < 0 ? 0 : 1, negative[entry]);
  for (let run = Math.abs(residual); run > 1; run--) coder.encodeBit(1, stops[scale]);
  coder.encodeBit(0, stops[scale]);
}

/**
 * Reads what `encodeSymbol` wrote. Throws a `BitstreamError` at the first step outside of i16, so that no file can make
 * the run long.
 */
export function decodeSymbol(
  coder: RangeDecoder,
  mu: number,
  scale: number,
  stops: Uint16Array,
): number {
  const entry = scale * MU_PHASES + (mu & (MU_PHASES - 1));
  let value = muInteger(mu);
  if (coder.decodeBit(zero[entry]) === 0) return value;
  const step = coder.decodeBit(negative[entry]) === 0 ? -1 : 1;
  do {
    value += step;
    if (value < MIN_VALUE || value > MAX_VALUE) {
      throw new BitstreamError("Cannot read symbol: expected -32768..32767", coder.position);
    }
  } while (coder.decodeBit(stops[scale]) === 1);
  return value;
}
