/**
 * Probabilities of a quantised Laplace distribution, made with integers so that every engine makes the same table.
 *
 * With the fraction of `mu` reduced to r/64, r in -32..31, all residuals >= 1 lie on one side of mu and all <= -1 on the
 * other, hence P(|d| > k given |d| >= k) = exp(-1/b) for each k and both signs. With u = exp(-1/(64 b)):
 *
 *     P(d = 0)          = 1 - (u^(32+r) + u^(32-r)) / 2
 *     P(d < 0 | d != 0) = u^(32+r) / (u^(32+r) + u^(32-r))
 *     P(stop at k)      = 1 - u^64
 *
 * Latents are not quite Laplacian: their runs are shorter than the scale that fits their zeros says, the more the wider it
 * is (measured on trained files: 0.15 to 0.45 % of their size). So a file chooses a `shortening` k in 0..7: with t = u^64,
 * the probability that a run goes on is t - t^2 k/16. Network parameters use k = 0.
 */

/** Scale indices: ln b = -4 + s/8. */
export const SCALE_COUNT = 64;
/** Steps of mu per integer. */
export const MU_PHASES = 64;
/** Probabilities are integers in units of 2^-15. */
export const PROBABILITY_BITS = 15;
/** Floor of the zero and sign probabilities, and their distance from one. */
const EDGE = 2;
/** Floor of the stop probabilities, and their distance from one: this bounds the price of an outlier to 7 bits per step. */
const RUN_EDGE = 256;
/** Number of run tables. */
export const SHORTENINGS = 8;
const SHORTENING_UNIT = 16;
const ONE = 1 << PROBABILITY_BITS;
const Q30 = 1 << 30;

/** `round(2^30 exp(-1/(64 b)))` for each scale index. Normative. */
// deno-fmt-ignore
export const DECAY_Q30: readonly number[] = [
   457514585,  505753905,  552532885,  597396507,  640004957,  680124197,  717613266,  752410083,
   784517081,  813987579,  840913445,  865414331,  887628581,  907705764,  925800702,  942068826,
   956662684,  969729397,  981408900,  991832817, 1001123819, 1009395368, 1016751734, 1023288224,
  1029091554, 1034240306, 1038805458, 1042850925, 1046434122, 1049606507, 1052414115, 1054898059,
  1057095000, 1059037594, 1060754893, 1062272716, 1063613995, 1064799076, 1065846003, 1066770767,
  1067587536, 1068308851, 1068945814, 1069508248, 1070004839, 1070443271, 1070830335, 1071172035,
  1071473674, 1071739940, 1071974974, 1072182433, 1072365549, 1072527174, 1072669828, 1072795735,
  1072906860, 1073004938, 1073091498, 1073167893, 1073235315, 1073294819, 1073347334, 1073393680,
];

/** Probabilities that a binary decision is 0, in units of 2^-15. */
export interface ProbabilityTable {
  /** `[SCALE_COUNT, MU_PHASES]`: the residual is zero. */
  readonly zero: Uint16Array;
  /** `[SCALE_COUNT, MU_PHASES]`: a residual that is not zero is negative. */
  readonly negative: Uint16Array;
  /** `[SHORTENINGS][SCALE_COUNT]`: the run of magnitudes stops here. */
  readonly stops: readonly Uint16Array[];
}

/** The one table of the format. The second index is `mu & 63`. */
export const PROBABILITIES: ProbabilityTable = makeTable();

function makeTable(): ProbabilityTable {
  const zero = new Uint16Array(SCALE_COUNT * MU_PHASES);
  const negative = new Uint16Array(SCALE_COUNT * MU_PHASES);
  const stops = Array.from({ length: SHORTENINGS }, () => new Uint16Array(SCALE_COUNT));
  for (let s = 0; s < SCALE_COUNT; s++) {
    const power = powers(DECAY_Q30[s]);
    stops.forEach((stop, k) => stop[s] = stopProbability(power[64], k));
    for (let phase = 0; phase < MU_PHASES; phase++) {
      const r = phase < 32 ? phase : phase - 64;
      const i = s * MU_PHASES + phase;
      zero[i] = clamp(ONE - roundedShift(power[32 + r] + power[32 - r], 16), EDGE, ONE - EDGE);
      negative[i] = clamp(negativeShare(power, r), EDGE, ONE - EDGE);
    }
  }
  return { zero, negative, stops };
}

/** From t in Q30 and the shortening k. */
function stopProbability(t: number, k: number): number {
  const goesOn = t - Math.floor(multiplyQ30(t, t) * k / SHORTENING_UNIT);
  return clamp(ONE - roundedShift(goesOn, 15), RUN_EDGE, ONE - RUN_EDGE);
}

/** `u^0..u^64` in Q30, each power the floor of the one before times u. */
function powers(u: number): number[] {
  const power = [Q30];
  for (let k = 1; k <= 64; k++) power.push(multiplyQ30(power[k - 1], u));
  return power;
}

/**
 * `floor(a b / 2^30)` for a, b in 0..2^30. The product has up to 60 bits, so b is taken in two halves of 15 bits; a floor
 * of a floor loses nothing.
 */
function multiplyQ30(a: number, b: number): number {
  const high = Math.floor(b / 32768);
  const low = b % 32768;
  return Math.floor((a * high + Math.floor(a * low / 32768)) / 32768);
}

/** `floor(2^15 w / (1 + w) + 1/2)`, w = u^|2r|, is the share of the farther side; the other side is its complement. */
function negativeShare(power: readonly number[], r: number): number {
  const w = power[Math.abs(2 * r)];
  const farther = Math.floor((w * ONE + Math.floor((w + Q30) / 2)) / (w + Q30));
  return r >= 0 ? farther : ONE - farther;
}

/** `floor((value + 2^(shift-1)) / 2^shift)` for values up to 2^31. */
function roundedShift(value: number, shift: number): number {
  const unit = 1 << shift;
  return Math.floor((value + unit / 2) / unit);
}

function clamp(value: number, low: number, high: number): number {
  return value < low ? low : value > high ? high : value;
}
