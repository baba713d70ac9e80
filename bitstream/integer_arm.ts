/**
 * The autoregressive module (ARM) on integers: from a context of decoded latents to the distribution of the next one.
 *
 *     context Q6 -> [ W x + b (+ x), ReLU ] Q8 ... -> W x + b  (+ stabiliser of the context) Q16 -> mu Q6, scale index
 *
 * All sums are i32 modulo 2^32, so their order is free; every shift and clamp is written where it happens. This is the plain
 * twin: obvious, and the definition of what any faster kernel computes.
 */

import { align, clampI16, type NetworkParameters, scaledTensors } from "./fixed_point.ts";

/** Fractional bits of the context, of hidden activations and of weights, and of the output. */
const [CONTEXT_BITS, HIDDEN_BITS, OUTPUT_BITS] = [6, 8, 16];
/** 1.0 as a weight: added on the diagonal of a residual layer. */
const IDENTITY = 1 << HIDDEN_BITS;
/** Latents beyond this read as this in contexts and inter-grid features: 511 in Q6 still fits an i16. */
export const MAX_CONTEXT_LATENT = 511;
/** `mu` stays within +-128. */
const MAX_MU = 8191;
const MAX_SCALE = 63;
/** ln b = output - 2.5 and ln b = -4 + s/8, so s = 8 (output + 1.5): this is 1.5 in Q16. */
const SCALE_OFFSET = 3 << 15;

/** One affine layer. */
export interface IntegerLayer {
  readonly inputs: number;
  readonly outputs: number;
  /** Q8, i16, `[outputs, inputs]`; the identity of a residual layer is included. */
  readonly weights: Int16Array;
  /** Q8, i32, `[outputs]`. */
  readonly biases: Int32Array;
}

/** The weights of an ARM, ready for integer arithmetic. */
export interface IntegerArm {
  /** Context values, spatial ones first, then inter-grid features. */
  readonly inputs: number;
  readonly hidden: readonly IntegerLayer[];
  readonly output: IntegerLayer;
  /** From the context to the output; has no bias. */
  readonly stabiliser: IntegerLayer | undefined;
}

/** The integer ARM of a decoder. */
export function integerArm(network: NetworkParameters): IntegerArm {
  const { architecture } = network;
  const tensors = scaledTensors(network);
  const inputs = architecture.contexts + architecture.features;
  const hidden: IntegerLayer[] = [];
  let width = inputs;
  architecture.armLayers.forEach(({ outputs, residual }, i) => {
    const weights = tensors.get(`arm.${i}.weight`)!;
    if (residual) { for (let k = 0; k < width; k++) weights[k * width + k] += IDENTITY; }
    hidden.push(layer(width, outputs, weights, tensors.get(`arm.${i}.bias`)!));
    width = outputs;
  });
  return {
    inputs,
    hidden,
    output: layer(width, 2, tensors.get("arm.out.weight")!, tensors.get("arm.out.bias")!),
    stabiliser: architecture.armStabiliser
      ? layer(inputs, 2, tensors.get("arm.stabiliser")!, new Int32Array(2))
      : undefined,
  };
}

function layer(inputs: number, outputs: number, weights: Int32Array, biases: Int32Array): IntegerLayer {
  return { inputs, outputs, weights: Int16Array.from(weights, clampI16), biases };
}

/** A latent as contexts and inter-grid features see it: -511..511. */
export function contextLatent(latent: number): number {
  return latent < -MAX_CONTEXT_LATENT ? -MAX_CONTEXT_LATENT : latent > MAX_CONTEXT_LATENT ? MAX_CONTEXT_LATENT : latent;
}

/** A latent as an input of the ARM, in Q6. */
export function contextInput(latent: number): number {
  return contextLatent(latent) << CONTEXT_BITS;
}

/** An expectation and a scale in one number: `(mu << 6) | scale`, mu in Q6 -8191..8191, scale index 0..63. */
export type Prediction = number;
/** The expectation of a `Prediction`, Q6. */
export const predictedMu = (prediction: Prediction): number => prediction >> 6;
/** The scale index of a `Prediction`. */
export const predictedScale = (prediction: Prediction): number => prediction & MAX_SCALE;

/** The distribution of the latent whose context (Q6, i16, `[inputs]`) is given. */
export function evaluateArm(arm: IntegerArm, context: Int16Array): Prediction {
  let bits = CONTEXT_BITS;
  let activations = context;
  for (const hidden of arm.hidden) {
    activations = hiddenLayer(hidden, activations, bits);
    bits = HIDDEN_BITS;
  }
  return (outputMu(outputSum(arm, context, activations, bits, 0)) << 6) |
    outputScale(outputSum(arm, context, activations, bits, 1));
}

/** `clamp((W x + b + 1/2) >> bits, 0, 32767)`: Q8 activations from inputs with `bits` fractional bits. */
function hiddenLayer(layer: IntegerLayer, x: Int16Array, bits: number): Int16Array {
  const h = new Int16Array(layer.outputs);
  for (let o = 0; o < layer.outputs; o++) {
    const sum = (dot(layer, o, x) + (layer.biases[o] << bits) + (1 << (bits - 1))) | 0;
    h[o] = Math.min(Math.max(sum >> bits, 0), 32767);
  }
  return h;
}

/** Output `o` of the network in Q16. */
function outputSum(arm: IntegerArm, context: Int16Array, activations: Int16Array, bits: number, o: number): number {
  let sum = align(dot(arm.output, o, activations), bits + HIDDEN_BITS, OUTPUT_BITS);
  sum += arm.output.biases[o] << HIDDEN_BITS;
  if (arm.stabiliser) sum += align(dot(arm.stabiliser, o, context), CONTEXT_BITS + HIDDEN_BITS, OUTPUT_BITS);
  return sum | 0;
}

function outputMu(sum: number): number {
  const mu = ((sum + (1 << 9)) | 0) >> 10;
  return Math.min(Math.max(mu, -MAX_MU), MAX_MU);
}

function outputScale(sum: number): number {
  const scale = ((sum + SCALE_OFFSET + (1 << 12)) | 0) >> 13;
  return Math.min(Math.max(scale, 0), MAX_SCALE);
}

/** Row `o` of the weights times x, modulo 2^32. */
function dot(layer: IntegerLayer, o: number, x: Int16Array): number {
  let sum = 0;
  const row = o * layer.inputs;
  for (let i = 0; i < layer.inputs; i++) sum = (sum + Math.imul(layer.weights[row + i], x[i])) | 0;
  return sum;
}
