/**
 * The optimisers of training: Adam (Kingma & Ba 2015) for the latents, clipped Adam for the parameters.
 *
 * Constants of both back-ends and a plain definition of the updates, for any float arrays: on `Float64Array` it is the
 * reference of the tests. The limit of the parameters' gradient is `Step.clipNorm`.
 */

/** Constants of one Adam optimiser. */
export interface AdamConstants {
  /** Decay of the first moment. */
  readonly beta1: number;
  /** Decay of the second moment. */
  readonly beta2: number;
  /** Added to the square root of the (uncorrected) second moment. */
  readonly epsilon: number;
}

/**
 * Adam of the latents, one set of moments per latent. The trainer scales the loss to bits (`rateWeight` = 1), so gradients
 * are bits per quantisation step, whatever the image's size and lambda; epsilon damps latents that hardly matter. The memory
 * is short: a latent's gradient changes with every noise and with all of its neighbours.
 */
export const LATENT_ADAM: AdamConstants = { beta1: 0.6, beta2: 0.98, epsilon: 0.02 };

/** Adam of the network parameters: the decays of Cool-chic 5.0. No weight decay. */
export const PARAMETER_ADAM: AdamConstants = { beta1: 0.95, beta2: 0.95, epsilon: 1e-8 };

/** Values an optimiser works on. */
export type FloatArray = Float32Array | Float64Array;

/** Moments of one Adam optimiser, the length of its values; zero at the start. */
export interface AdamMoments {
  readonly first: FloatArray;
  readonly second: FloatArray;
}

/** Adam's step size at update number `count` (the first is 1): the learning rate with the correction of both biases. */
export function adamStepSize({ beta1, beta2 }: AdamConstants, rate: number, count: number): number {
  return rate * Math.sqrt(1 - beta2 ** count) / (1 - beta1 ** count);
}

/** One update of `adamStep`. */
export interface AdamUpdate {
  readonly constants: AdamConstants;
  /** From `adamStepSize`. */
  readonly stepSize: number;
  readonly gradient: FloatArray;
  /** Factor of the gradient: 1, or what `clipFactor` gave. */
  readonly gradientFactor: number;
}

/** `m <- b1 m + (1 - b1) g`, `v <- b2 v + (1 - b2) g^2`, `values <- values - stepSize m / (sqrt(v) + epsilon)`, in place. */
export function adamStep(values: FloatArray, { first, second }: AdamMoments, update: AdamUpdate): void {
  const { constants: { beta1, beta2, epsilon }, stepSize, gradient, gradientFactor } = update;
  for (let i = 0; i < values.length; i++) {
    const g = gradient[i] * gradientFactor;
    first[i] = beta1 * first[i] + (1 - beta1) * g;
    second[i] = beta2 * second[i] + (1 - beta2) * g * g;
    values[i] -= stepSize * first[i] / (Math.sqrt(second[i]) + epsilon);
  }
}

/** Factor that scales a gradient to an L2 norm of at most `maxNorm`: 1 if it is short enough. */
export function clipFactor(gradient: FloatArray, maxNorm: number): number {
  let squares = 0;
  for (let i = 0; i < gradient.length; i++) squares += gradient[i] * gradient[i];
  return Math.min(1, maxNorm / Math.sqrt(squares));
}
