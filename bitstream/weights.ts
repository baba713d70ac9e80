/**
 * The network parameters through the entropy coder, at the start of stream 0.
 *
 * Each group has a step exponent and a `spread` that says how wide its values scatter; each value is a Laplace symbol
 * around zero followed, for wide groups, by its low bits.
 *
 *     spread 0..31    no low bits, scale index 2 spread           b = 0.018 .. 42
 *     spread 32..61   t = spread - 32: 1 + floor(t/3) low bits, scale index 57 + 2 (t mod 3)
 *     spread 63       every value of the group is zero, and nothing follows
 */

import { type DefaultScope, LAST_POSITION, type LearnedDefaults } from "./defaults.ts";
import { BitstreamError } from "./errors.ts";
import type { ParameterGroup, Tensor } from "./parameters.ts";
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

/** Bounds of the fractional bits of a `FixedPoint`. */
export const [MIN_FIXED_POINT, MAX_FIXED_POINT] = [4, 13];
/** The largest spread that has values. */
export const MAX_SPREAD = 61;
/** The spread of a group without any value but zero. */
export const ZERO_SPREAD = 63;
const parameterStop = PROBABILITIES.stops[0];
const [FIXED_POINT_WIDTH, POSITION_WIDTH, STEP_WIDTH, SPREAD_WIDTH] = [4, 6, 4, 6];

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

/** Writes fixed-point fields, the position of the defaults if there are any, and all groups. */
export function encodeParameters(
  coder: RangeEncoder,
  groups: readonly ParameterGroup[],
  { fixedPoint, stepBits, parameters, defaults }: CodedParameters,
): void {
  for (const bits of [fixedPoint.planeBits, ...fixedPoint.layerBits]) {
    coder.encodeBits(bits - MIN_FIXED_POINT, FIXED_POINT_WIDTH);
  }
  if (defaults) coder.encodeBits(defaults.position, POSITION_WIDTH);
  groups.forEach(({ offset, length }, g) => {
    const values = parameters.subarray(offset, offset + length);
    const spread = bestSpread(values);
    coder.encodeBits(stepBits[g], STEP_WIDTH);
    coder.encodeBits(spread, SPREAD_WIDTH);
    if (spread !== ZERO_SPREAD) encodeValues(coder, values, spread);
  });
}

/** What `decodeParameters` must know of a file. */
export interface ParameterLayout {
  readonly groups: readonly ParameterGroup[];
  /** Layers of the synthesis. */
  readonly layers: number;
  /** Which parameters are differences from learned defaults. */
  readonly defaults: DefaultScope;
}

/** Reads what `encodeParameters` wrote. Throws a `BitstreamError`. */
export function decodeParameters(
  coder: RangeDecoder,
  { groups, layers, defaults: scope }: ParameterLayout,
): CodedParameters {
  const planeBits = decodeField(coder, "planeBits", FIXED_POINT_WIDTH, MIN_FIXED_POINT, MAX_FIXED_POINT);
  const layerBits: number[] = [];
  for (let l = 0; l < layers - 1; l++) {
    layerBits.push(decodeField(coder, "layerBits", FIXED_POINT_WIDTH, MIN_FIXED_POINT, MAX_FIXED_POINT));
  }
  const defaults = scope === "none" ? undefined : {
    position: decodeField(coder, "defaults", POSITION_WIDTH, 0, LAST_POSITION),
    synthesis: scope === "all",
  };
  const stepBits: number[] = [];
  const parameters = new Int32Array(groups.reduce((sum, group) => sum + group.length, 0));
  for (const { offset, length, maxStepBits } of groups) {
    stepBits.push(decodeField(coder, "stepBits", STEP_WIDTH, 0, maxStepBits));
    const spread = coder.decodeBits(SPREAD_WIDTH);
    if (spread !== ZERO_SPREAD) decodeValues(coder, parameters.subarray(offset, offset + length), spread);
  }
  return { fixedPoint: { planeBits, layerBits }, stepBits, parameters, defaults };
}

/**
 * The cheapest spread for some values, by writing them with each one. Ties go to the wider spread; wide ones are tried first,
 * since they have a bounded price and narrow ones can then be given up early.
 */
export function bestSpread(values: Int32Array): number {
  if (values.every((value) => value === 0)) return ZERO_SPREAD;
  let best = { spread: MAX_SPREAD, length: Infinity, range: 0 };
  for (let spread = MAX_SPREAD; spread >= 0; spread--) {
    const trial = new RangeEncoder();
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
  if (spread > MAX_SPREAD) {
    throw new BitstreamError(`Cannot read spread: expected 0..61 or 63, received ${spread}`, coder.position);
  }
  const { shift, scale, mu } = spreadCode(spread);
  for (let i = 0; i < values.length; i++) {
    const value = decodeSymbol(coder, mu, scale, parameterStop) * (1 << shift) + coder.decodeBits(shift);
    if (value < MIN_PARAMETER || value > MAX_PARAMETER) {
      throw new BitstreamError(`Cannot read parameter: expected -32768..32767, received ${value}`, coder.position);
    }
    values[i] = value;
  }
}

/** Reads one field stored as its distance from `min`. */
function decodeField(coder: RangeDecoder, name: string, width: number, min: number, max: number): number {
  const value = min + coder.decodeBits(width);
  if (value > max) {
    throw new BitstreamError(`Cannot read ${name}: expected ${min}..${max}, received ${value}`, coder.position);
  }
  return value;
}
