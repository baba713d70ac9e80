/**
 * The fields of a group of parameters: whether all of them are zero, their step, and their spread. Plainly they take ten bits.
 * In files with learned fields they are symbols around what they are in most pictures (table 3), so that those of a group
 * that stays at its defaults take next to nothing. Normative: FORMAT.md, sections 3.5 and 6.
 */

import type { Architecture } from "./architecture.ts";
import { defaultsPreset, type LearnedDefaults } from "./defaults.ts";
import { BitstreamError } from "./errors.ts";
import { FIELD_TABLE } from "./field_table.ts";
import type { ParameterGroup } from "./parameters.ts";
import { PROBABILITIES } from "./probability_table.ts";
import type { RangeDecoder, RangeEncoder } from "./range_coder.ts";
import { decodeSymbol, encodeSymbol } from "./symbols.ts";

/** The largest spread that has values. */
export const MAX_SPREAD = 61;
/** The spread of a group without any value but zero. */
export const ZERO_SPREAD = 63;
/** Bits of the plain fields. */
export const [STEP_WIDTH, SPREAD_WIDTH] = [4, 6];

/** What a file says about a group ahead of its values. */
export interface GroupFields {
  /** Step exponent, 0..`maxStepBits`. */
  readonly stepBits: number;
  /** 0..61, or 63: all values are zero. */
  readonly spread: number;
}

/** What the fields of a group are like in most pictures: a row of table 3. */
export type FieldRow = readonly [zero: number, step: number, stepScale: number, spread: number, spreadScale: number];

/** A Laplace distribution: expectation, Q6, and scale index. */
export interface Expectation {
  readonly mu: number;
  readonly scale: number;
}

/** What is expected of the fields of a group. */
export interface ExpectedFields {
  /** The probability that there is a value other than zero, in units of 2^-15. */
  readonly used: number;
  readonly stepBits: Expectation;
  /** Of the spread, for a step. */
  readonly spread: (stepBits: number) => Expectation;
}

/** Fractional bits of the rows' shares of zeros and of their expectations. */
export const [SHARE_BITS, ROW_BITS] = [7, 2];
/** Spreads are wider by so many indices for each halving of the step. */
export const SPREAD_PER_STEP = 2;
const stops = PROBABILITIES.stops[0];

/**
 * What is expected of each group of a decoder, in the order of `parameterGroups`; `undefined` where fields are plain. Throws a
 * `RangeError` for a decoder that has no learned defaults.
 */
export function expectedFields(
  arch: Architecture,
  defaults: LearnedDefaults | undefined,
): readonly ExpectedFields[] | undefined {
  if (!defaults?.fields) return undefined;
  const preset = defaultsPreset(arch);
  const rows = preset && FIELD_TABLE[preset]?.[defaults.synthesis ? "all" : "withoutSynthesis"];
  if (!rows) throw new RangeError("Cannot find learned fields: this architecture has no learned defaults");
  return rows.map(expectation);
}

function expectation([zero, step, stepScale, spread, spreadScale]: FieldRow): ExpectedFields {
  const atOne = expectationOf(spread, spreadScale);
  return {
    used: (1 << 15) - (zero << 15 - SHARE_BITS),
    stepBits: expectationOf(step, stepScale),
    spread: (stepBits) => ({ ...atOne, mu: atOne.mu + (SPREAD_PER_STEP * stepBits << 6) }),
  };
}

/** What a row says by an expectation, in its units, and a scale index. */
export function expectationOf(expectation: number, scale: number): Expectation {
  return { mu: expectation << 6 - ROW_BITS, scale };
}

/** Writes the fields of a group; `expected` where they are learned. Of a group of zeros those have no step. */
export function encodeFields(
  coder: RangeEncoder,
  { stepBits, spread }: GroupFields,
  expected: ExpectedFields | undefined,
): void {
  if (!expected) {
    coder.encodeBits(stepBits, STEP_WIDTH);
    return coder.encodeBits(spread, SPREAD_WIDTH);
  }
  const isUsed = spread !== ZERO_SPREAD;
  coder.encodeBit(isUsed ? 0 : 1, expected.used);
  if (!isUsed) return;
  encodeAround(coder, stepBits, expected.stepBits);
  encodeAround(coder, spread, expected.spread(stepBits));
}

/** Reads what `encodeFields` wrote: a group of zeros has the finest step then. Throws a `BitstreamError`. */
export function decodeFields(
  coder: RangeDecoder,
  { maxStepBits }: Pick<ParameterGroup, "maxStepBits">,
  expected: ExpectedFields | undefined,
): GroupFields {
  if (expected && coder.decodeBit(expected.used) === 1) return { stepBits: maxStepBits, spread: ZERO_SPREAD };
  const stepBits = expected ? decodeAround(coder, expected.stepBits) : coder.decodeBits(STEP_WIDTH);
  if (stepBits < 0 || stepBits > maxStepBits) refuse(coder, `stepBits: expected 0..${maxStepBits}`, stepBits);
  const spread = expected ? decodeAround(coder, expected.spread(stepBits)) : coder.decodeBits(SPREAD_WIDTH);
  const isZero = !expected && spread === ZERO_SPREAD;
  if ((spread < 0 || spread > MAX_SPREAD) && !isZero) refuse(coder, "spread: expected 0..61 or 63", spread);
  return { stepBits, spread };
}

function refuse(coder: RangeDecoder, expected: string, received: number): never {
  throw new BitstreamError(`Cannot read ${expected}, received ${received}`, coder.position);
}

/** Writes an integer around what is expected. */
export function encodeAround(coder: RangeEncoder, value: number, { mu, scale }: Expectation): void {
  encodeSymbol(coder, value, mu, scale, stops);
}

/** Reads what `encodeAround` wrote. */
export function decodeAround(coder: RangeDecoder, { mu, scale }: Expectation): number {
  return decodeSymbol(coder, mu, scale, stops);
}
