/**
 * The network parameters through the entropy coder, at the start of stream 0.
 *
 * Each group has a step exponent and a `spread` that says how wide its values scatter (`group_fields.ts`); each value is a
 * Laplace symbol around zero followed, for wide groups, by its low bits.
 *
 *     spread 0..31    no low bits, scale index 2 spread           b = 0.018 .. 42
 *     spread 32..61   t = spread - 32: 1 + floor(t/3) low bits, scale index 57 + 2 (t mod 3)
 *     spread 63       every value of the group is zero, and nothing follows
 */

import type { Architecture, ImageShape } from "./architecture.ts";
import { type DefaultScope, defaultsFault, LAST_POSITION, type LearnedDefaults } from "./defaults.ts";
import { BitstreamError } from "./errors.ts";
import { decodeFixedPoint, encodeFixedPoint } from "./fixed_point_fields.ts";
import {
  decodeFields,
  encodeFields,
  type ExpectedFields,
  expectedFields,
  MAX_SPREAD,
  ZERO_SPREAD,
} from "./group_fields.ts";
import { parameterCount, type ParameterGroup, parameterGroups, type Tensor } from "./parameters.ts";
import type { FixedPoint } from "./quantised_model.ts";
import { PROBABILITIES } from "./probability_table.ts";
import { type RangeDecoder, RangeEncoder } from "./range_coder.ts";
import { decodeSymbol, encodeSymbol } from "./symbols.ts";

/** Bounds of every parameter, in units of its group's step. */
export const [MIN_PARAMETER, MAX_PARAMETER] = [-32768, 32767];

/**
 * The least and largest integer of a tensor that means itself: the file's bounds, and for weights, which decoders clamp to i16
 * in the group's finest step, what is within those. `furthest`: the largest magnitude of the tensor's defaults, in finest
 * steps.
 */
export function parameterBounds(
  group: ParameterGroup,
  { name }: Tensor,
  { stepBits, furthest = 0 }: { stepBits: number; furthest?: number },
): readonly [number, number] {
  if (name.endsWith(".bias")) return [MIN_PARAMETER, MAX_PARAMETER];
  const shift = group.maxStepBits - stepBits;
  return [-((-MIN_PARAMETER - furthest) >> shift), (MAX_PARAMETER - furthest) >> shift];
}

const parameterStop = PROBABILITIES.stops[0];
const POSITION_WIDTH = 6;

/** How the values of a group are split into symbols and low bits. */
export interface SpreadCode {
  /** Low bits sent as they are; the symbol is `value >> shift`. */
  readonly shift: number;
  readonly scale: number;
  /** Expectation of the symbol, Q6: `value >> shift` of values around 0 lies around -1/2. */
  readonly mu: number;
}

/** The code of a spread in 0..61. */
export function spreadCode(spread: number): SpreadCode {
  if (spread < 32) return { shift: 0, scale: 2 * spread, mu: 0 };
  const t = spread - 32;
  return { shift: 1 + Math.floor(t / 3), scale: 57 + 2 * (t % 3), mu: -32 };
}

/** The parameters of a file. */
export interface CodedParameters {
  readonly fixedPoint: FixedPoint;
  /** Step exponent of each group. */
  readonly stepBits: readonly number[];
  /** Values of all groups in units of their steps. */
  readonly parameters: Int32Array;
  /** Learned defaults that they are differences from; absent: there are none. */
  readonly defaults?: LearnedDefaults | undefined;
}

/** Writes fixed-point fields, which defaults there are, and all groups of a decoder. */
export function encodeParameters(
  coder: RangeEncoder,
  { architecture, shape }: Pick<ParameterLayout, "architecture" | "shape">,
  { fixedPoint, stepBits, parameters, defaults }: CodedParameters,
): void {
  encodeFixedPoint(coder, fixedPoint, defaults?.fields ?? false);
  if (defaults) coder.encodeBits(defaults.position, POSITION_WIDTH);
  if (defaults?.fields) coder.encodeBits(Number(defaults.synthesis), 1);
  const expected = expectedFields(architecture, defaults);
  parameterGroups(architecture, shape).forEach(({ offset, length }, g) => {
    encodeGroup(coder, parameters.subarray(offset, offset + length), stepBits[g], expected?.[g]);
  });
}

/** What `decodeParameters` must know of a file. */
export interface ParameterLayout {
  readonly architecture: Architecture;
  readonly shape: ImageShape;
  /** Which parameters are differences from learned defaults. */
  readonly defaults: DefaultScope;
}

/** Reads what `encodeParameters` wrote. Throws a `BitstreamError`. */
export function decodeParameters(
  coder: RangeDecoder,
  { architecture, shape, defaults: scope }: ParameterLayout,
): CodedParameters {
  const fixedPoint = decodeFixedPoint(coder, architecture.synthesis.length, scope === "withFields");
  const defaults = decodeDefaults(coder, scope);
  const fault = defaultsFault(architecture, shape, defaults?.synthesis ? "all" : scope);
  if (fault) throw new BitstreamError(`Cannot read parameters: ${fault}`, coder.position);
  const expected = expectedFields(architecture, defaults);
  const groups = parameterGroups(architecture, shape);
  const stepBits: number[] = [];
  const parameters = new Int32Array(parameterCount(groups));
  groups.forEach((group, g) => {
    const fields = decodeFields(coder, group, expected?.[g]);
    stepBits.push(fields.stepBits);
    const values = parameters.subarray(group.offset, group.offset + group.length);
    if (fields.spread !== ZERO_SPREAD) decodeValues(coder, values, fields.spread);
  });
  return { fixedPoint, stepBits, parameters, defaults };
}

function decodeDefaults(coder: RangeDecoder, scope: DefaultScope): LearnedDefaults | undefined {
  if (scope === "none") return undefined;
  const position = coder.decodeBits(POSITION_WIDTH);
  if (position > LAST_POSITION) {
    throw new BitstreamError(
      `Cannot read defaults: expected 0..${LAST_POSITION}, received ${position}`,
      coder.position,
    );
  }
  const fields = scope === "withFields";
  return { position, synthesis: fields ? coder.decodeBits(1) === 1 : scope === "all", fields };
}

/** Writes the fields and values of one group; `expected` as in `encodeFields`. */
export function encodeGroup(
  coder: RangeEncoder,
  values: Int32Array,
  stepBits: number,
  expected: ExpectedFields | undefined,
): void {
  const spread = bestSpread(values, stepBits, expected);
  encodeFields(coder, { stepBits, spread }, expected);
  if (spread !== ZERO_SPREAD) encodeValues(coder, values, spread);
}

/**
 * The cheapest spread for some values, by writing them, and learned fields, with each one. Ties go to the wider spread; wide ones
 * are tried first, since they have a bounded price and narrow ones can then be given up early.
 */
export function bestSpread(values: Int32Array, stepBits: number, expected?: ExpectedFields): number {
  if (values.every((value) => value === 0)) return ZERO_SPREAD;
  let best = { spread: MAX_SPREAD, length: Infinity, range: 0 };
  for (let spread = MAX_SPREAD; spread >= 0; spread--) {
    const trial = new RangeEncoder();
    if (expected) encodeFields(trial, { stepBits, spread }, expected);
    encodeValues(trial, values, spread, best.length);
    const { length, range } = trial;
    if (length < best.length || (length === best.length && range > best.range)) best = { spread, length, range };
  }
  return best.spread;
}

function encodeValues(coder: RangeEncoder, values: Int32Array, spread: number, maxLength = Infinity): void {
  const { shift, scale, mu } = spreadCode(spread);
  for (const value of values) {
    encodeSymbol(coder, value >> shift, mu, scale, parameterStop);
    coder.encodeBits(value, shift);
    if (coder.length > maxLength) return;
  }
}

function decodeValues(coder: RangeDecoder, values: Int32Array, spread: number): void {
  const { shift, scale, mu } = spreadCode(spread);
  for (let i = 0; i < values.length; i++) {
    const value = decodeSymbol(coder, mu, scale, parameterStop) * (1 << shift) + coder.decodeBits(shift);
    if (value < MIN_PARAMETER || value > MAX_PARAMETER) {
      throw new BitstreamError(`Cannot read parameter: expected -32768..32767, received ${value}`, coder.position);
    }
    values[i] = value;
  }
}
