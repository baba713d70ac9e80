/** The scalar functions of kernel programs in WGSL; `kernels/reference/functions.ts` has their definitions. */

import { HASH_MULTIPLIERS, HASH_SHIFTS, NOISE_MEAN, NOISE_SCALE, NOISE_SECOND, NOISE_STRIDE } from "../noise.ts";
import { INTEGER_SHARE, LOG_SCALE_MAX, LOG_SCALE_MIN, LOG_SCALE_OFFSET, SAMPLE_MAX } from "../program.ts";

/** A WGSL literal of type f32. */
export function float(value: number): string {
  const text = String(Math.fround(value));
  return /[.e]/.test(text) ? `${text}f` : `${text}.0f`;
}

function hex(value: number): string {
  return `0x${value.toString(16)}u`;
}

const [FIRST, SECOND, THIRD] = HASH_SHIFTS;

/** `gaussian(counter, key)`, as in `kernels/noise.ts`: exact up to the last scaling. */
const NOISE = `
fn hash32(value: u32) -> u32 {
  var x = value;
  x = (x ^ (x >> ${FIRST}u)) * ${hex(HASH_MULTIPLIERS[0])};
  x = (x ^ (x >> ${SECOND}u)) * ${hex(HASH_MULTIPLIERS[1])};
  return x ^ (x >> ${THIRD}u);
}
fn byteSum(word: u32) -> u32 {
  return (word & 255u) + ((word >> 8u) & 255u) + ((word >> 16u) & 255u) + (word >> 24u);
}
fn gaussian(counter: u32, key: u32) -> f32 {
  let x = counter * ${hex(NOISE_STRIDE)} + key;
  let sum = byteSum(hash32(x)) + byteSum(hash32(x + ${hex(NOISE_SECOND)}));
  return (f32(sum) - ${float(NOISE_MEAN)}) * ${float(NOISE_SCALE)};
}`;

/**
 * Soft rounding with `inverse` = 1 / t and `scale` = 1 / (2 tanh(0.5 / t)). The argument is clamped because some drivers
 * compute tanh from exponentials that overflow; tanh(10) is 1 in float32.
 */
const SOFTROUND = `
fn softroundTanh(x: f32, inverse: f32) -> f32 {
  return tanh(clamp((x - floor(x) - 0.5) * inverse, -10.0, 10.0));
}
fn softround(x: f32, inverse: f32, scale: f32) -> f32 {
  return floor(x) + 0.5 + scale * softroundTanh(x, inverse);
}
fn softroundDerivative(x: f32, inverse: f32, scale: f32) -> f32 {
  let t = softroundTanh(x, inverse);
  return scale * inverse * (1.0 - t * t);
}`;

/**
 * Bits of a symbol, and their derivatives by symbol (minus that by mu) and by the raw logarithm of the scale.
 *
 * Every difference of exponentials is written with 1 - exp(-x), which keeps its digits for small x through its series.
 */
const LAPLACE = `
struct LaplaceBits { bits: f32, dSymbol: f32, dLogScale: f32 }
fn oneMinusExp(x: f32) -> f32 {
  let series = x * (1.0 - x * (0.5 - x * (${float(1 / 6)} - x * (${float(1 / 24)} - x * (${float(1 / 120)}
    - x * ${float(1 / 720)})))));
  return select(1.0 - exp(-x), series, x < 0.3);
}
fn laplaceBits(symbol: f32, mu: f32, logScale: f32) -> LaplaceBits {
  let raw = logScale - ${float(LOG_SCALE_OFFSET)};
  let clamped = clamp(raw, ${float(LOG_SCALE_MIN)}, ${float(LOG_SCALE_MAX)});
  let inverse = exp(-clamped);
  let a = abs(symbol - mu);
  var nats = 0.0;
  var dDistance = 0.0;
  var dLogScale = 0.0;
  if (a < 0.5) {
    let near = oneMinusExp((0.5 - a) * inverse);
    let far = oneMinusExp((0.5 + a) * inverse);
    let probability = 0.5 * (near + far);
    let factor = 0.5 * inverse / probability;
    nats = -log(probability);
    dDistance = factor * (1.0 - near) * oneMinusExp(2.0 * a * inverse);
    dLogScale = factor * ((0.5 - a) * (1.0 - near) + (0.5 + a) * (1.0 - far));
  } else {
    let cell = oneMinusExp(inverse);
    let distance = (a - 0.5) * inverse;
    nats = distance - log(0.5 * cell);
    dDistance = inverse;
    dLogScale = inverse * (1.0 - cell) / cell - distance;
  }
  return LaplaceBits(
    nats * ${float(1 / Math.LN2)},
    sign(symbol - mu) * dDistance * ${float(1 / Math.LN2)},
    select(0.0, dLogScale * ${float(1 / Math.LN2)}, raw == clamped),
  );
}`;

/** What training counts for a symbol, from `laplaceBits`: a share of it at the two integers around. */
const SYMBOL_BITS = `${LAPLACE}
struct SymbolBits { bits: f32, dSymbol: f32, dMu: f32, dLogScale: f32 }
fn symbolBits(symbol: f32, mu: f32, logScale: f32) -> SymbolBits {
  let floor_ = floor(symbol);
  let fraction = symbol - floor_;
  let own = laplaceBits(symbol, mu, logScale);
  let below = laplaceBits(floor_, mu, logScale);
  let above = laplaceBits(floor_ + 1.0, mu, logScale);
  let share = ${float(INTEGER_SHARE)};
  let weights = vec3<f32>(1.0 - share, share * (1.0 - fraction), share * fraction);
  return SymbolBits(
    dot(weights, vec3<f32>(own.bits, below.bits, above.bits)),
    weights.x * own.dSymbol + share * (above.bits - below.bits),
    -dot(weights, vec3<f32>(own.dSymbol, below.dSymbol, above.dSymbol)),
    dot(weights, vec3<f32>(own.dLogScale, below.dLogScale, above.dLogScale)),
  );
}`;

/** Squared error and its derivative by the input. */
const SQUARED_ERROR = `
fn squaredError(input: f32, target_: f32) -> vec2<f32> {
  let clamped = clamp(input, 0.0, max(${float(SAMPLE_MAX)}, target_));
  let error = clamped - target_;
  return vec2<f32>(error * error + 2.0 * error * (input - clamped), 2.0 * error);
}`;

/** Leaves up to four neighbouring sums, `step` floats apart. */
const LEAVE_SUMS = `
fn leaveSums(sums: vec4<f32>, at: u32, step: u32, count: u32) {
  for (var k = 0u; k < min(count, 4u); k++) { partials[at + k * step] = sums[k]; }
}`;

const FUNCTIONS = [
  { calls: /\bgaussian\(/, text: NOISE },
  { calls: /\bsoftround/, text: SOFTROUND },
  { calls: /\bsymbolBits\(/, text: SYMBOL_BITS },
  { calls: /\bsquaredError\(/, text: SQUARED_ERROR },
  { calls: /\bleaveSums\(/, text: LEAVE_SUMS },
];

/** The functions that a text calls. */
export function libraryFor(text: string): string {
  return FUNCTIONS.filter(({ calls }) => calls.test(text)).map((fn) => fn.text).join("");
}
