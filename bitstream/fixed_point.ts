/**
 * The few operations of the integer networks that are not sums modulo 2^32: clamps and the alignment of two fixed points.
 *
 * "Qn" names an integer with n fractional bits: the number it stands for times 2^n.
 */

import type { Architecture, ImageShape } from "./architecture.ts";
import { defaultParameters, type DefaultValues } from "./defaults.ts";
import { parameterGroups } from "./parameters.ts";

/** The nearest value an i16 can hold: -32768..32767. */
export function clampI16(value: number): number {
  return value < -32768 ? -32768 : value > 32767 ? 32767 : value;
}

/** Moves an i32 from Q`from` to Q`to`: a left shift modulo 2^32, or an arithmetic (flooring) right shift. */
export function align(value: number, from: number, to: number): number {
  return to >= from ? value << (to - from) : value >> (from - to);
}

/** What the network parameters of a decoder are read from: a part of `QuantisedModel`. */
export interface NetworkParameters {
  readonly architecture: Architecture;
  readonly shape: ImageShape;
  /** Step exponent of each group of `parameterGroups`. */
  readonly stepBits: readonly number[];
  /** Values in units of their group's step; with `defaults`, differences from them. */
  readonly parameters: Int32Array;
  /** Learned defaults; absent where the parameters stand for themselves. */
  readonly defaults?: DefaultValues | undefined;
}

/**
 * Every tensor by name, as integers with its module's fractional bits: `default + (value << (maxStepBits - stepBits))` in
 * i32, so Q8 for ARM and IFCE, Q12 for upsampling and synthesis.
 */
export function scaledTensors(network: NetworkParameters): Map<string, Int32Array> {
  const tensors = new Map<string, Int32Array>();
  const { architecture, shape, stepBits, parameters } = network;
  const defaults = defaultParameters(architecture, shape, network.defaults);
  parameterGroups(architecture, shape).forEach((group, g) => {
    const shift = group.maxStepBits - stepBits[g];
    for (const { name, offset, rows, cols } of group.tensors) {
      const end = offset + rows * cols;
      tensors.set(name, parameters.slice(offset, end).map((value, i) => defaults[offset + i] + (value << shift)));
    }
  });
  return tensors;
}
