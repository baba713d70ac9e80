/** The scalar functions of kernel programs with their derivatives, in float64: the one definition all back-ends follow. */

import { INTEGER_SHARE, LOG_SCALE_MAX, LOG_SCALE_MIN, LOG_SCALE_OFFSET, SAMPLE_MAX } from "../program.ts";

/** A function's value and its derivative. */
export interface Differentiated {
  readonly value: number;
  readonly derivative: number;
}

/** `floor(x) + 0.5 + tanh(d / t) / (2 tanh(0.5 / t))` with `d = x - floor(x) - 0.5` and temperature `t` > 0. */
export function softround(x: number, temperature: number): Differentiated {
  const floor = Math.floor(x);
  const tanh = Math.tanh((x - floor - 0.5) / temperature);
  const scale = 0.5 / Math.tanh(0.5 / temperature);
  return { value: floor + 0.5 + scale * tanh, derivative: scale * (1 - tanh * tanh) / temperature };
}

/** Bits of a symbol under a Laplace distribution, and their derivatives. */
export interface LaplaceBits {
  readonly bits: number;
  readonly dSymbol: number;
  readonly dMu: number;
  /** By `params[1]`, the logarithm of the scale before offset and clamp. */
  readonly dLogScale: number;
}

/**
 * `-log2 P` where P is the integral of a Laplace density (mean `mu`, scale b) over `symbol - 0.5 .. symbol + 0.5`.
 *
 * With `a = |symbol - mu|`: below 0.5, `P = 1 - (e1 + e2) / 2`, `e1 = exp((a - 0.5) / b)`, `e2 = exp(-(a + 0.5) / b)`;
 * from 0.5 on, `-ln P = (a - 0.5) / b - ln((1 - exp(-1 / b)) / 2)`, which never underflows.
 */
export function laplaceBits(symbol: number, mu: number, logScale: number): LaplaceBits {
  const raw = logScale - LOG_SCALE_OFFSET;
  const clamped = Math.min(Math.max(raw, LOG_SCALE_MIN), LOG_SCALE_MAX);
  const a = Math.abs(symbol - mu);
  const nats = a < 0.5 ? centralNats(a, Math.exp(-clamped)) : tailNats(a, Math.exp(-clamped));
  const dSymbol = Math.sign(symbol - mu) * nats.dDistance / Math.LN2;
  return {
    bits: nats.value / Math.LN2,
    dSymbol,
    dMu: -dSymbol,
    dLogScale: raw === clamped ? nats.dLogScale / Math.LN2 : 0,
  };
}

/** Bits that training counts for a symbol, an integer or not, and their derivatives; see `LaplaceBitsOp`. */
export function symbolBits(symbol: number, mu: number, logScale: number): LaplaceBits {
  const floor = Math.floor(symbol);
  const fraction = symbol - floor;
  const below = laplaceBits(floor, mu, logScale);
  const above = laplaceBits(floor + 1, mu, logScale);
  const own = laplaceBits(symbol, mu, logScale);
  const mix = (field: keyof LaplaceBits) =>
    (1 - INTEGER_SHARE) * own[field] + INTEGER_SHARE * ((1 - fraction) * below[field] + fraction * above[field]);
  return {
    bits: mix("bits"),
    dSymbol: (1 - INTEGER_SHARE) * own.dSymbol + INTEGER_SHARE * (above.bits - below.bits),
    dMu: mix("dMu"),
    dLogScale: mix("dLogScale"),
  };
}

interface Nats {
  readonly value: number;
  readonly dDistance: number;
  readonly dLogScale: number;
}

/** `-ln P` for `a` < 0.5 and `inverse` = 1 / b. */
function centralNats(a: number, inverse: number): Nats {
  const e1 = Math.exp((a - 0.5) * inverse);
  const e2 = Math.exp((-a - 0.5) * inverse);
  const probability = 1 - 0.5 * (e1 + e2);
  return {
    value: -Math.log(probability),
    dDistance: 0.5 * inverse * (e1 - e2) / probability,
    dLogScale: 0.5 * inverse * ((0.5 - a) * e1 + (0.5 + a) * e2) / probability,
  };
}

/** `-ln P` for `a` >= 0.5 and `inverse` = 1 / b. */
function tailNats(a: number, inverse: number): Nats {
  const e0 = Math.exp(-inverse);
  const distance = (a - 0.5) * inverse;
  return {
    value: distance - Math.log(0.5 * (1 - e0)),
    dDistance: inverse,
    dLogScale: inverse * e0 / (1 - e0) - distance,
  };
}

/**
 * `e^2 + 2 e (input - clamped)` with `clamped = clamp(input, 0, max(SAMPLE_MAX, target))` and `e = clamped - target`; the
 * derivative is by the input. The target is data: no gradient reaches it.
 */
export function squaredError(input: number, target: number): Differentiated {
  const clamped = Math.min(Math.max(input, 0), Math.max(SAMPLE_MAX, target));
  const error = clamped - target;
  return { value: error * error + 2 * error * (input - clamped), derivative: 2 * error };
}
