/** The optimiser of the network parameters: SOAP for weight matrices, Adam for the rest, pulled towards a prior. */

import { type AdamMoments, adamStep, adamStepSize, clipFactor, type FloatArray, PARAMETER_ADAM } from "./optimiser.ts";
import { type MatrixShape, SoapMatrix } from "./soap.ts";

/**
 * What the parameters cost by themselves: bits that grow with the distance from `centre`, `weight` bits per unit of
 * distance (a Laplace density of scale `1 / (weight ln 2)`), rounded off within `0.5 / weight` of the centre.
 */
export interface ParameterPrior {
  readonly centre: FloatArray;
  readonly weight: FloatArray;
  /**
   * Quantisation while training: the networks run with `centre` plus a whole multiple of `step`, next to a value that the
   * optimiser keeps and moves by the gradient found there (straight-through estimation). 0: not quantised.
   */
  readonly step: FloatArray;
}

/** The value nearest to `value` on the grid of its prior. */
export function onGrid(value: number, centre: number, step: number): number {
  return step > 0 ? centre + step * Math.round((value - centre) / step) : value;
}

/** Derivative of the prior's cost, bits per unit. Zero where `weight` is 0. */
export function priorGradient(value: number, centre: number, weight: number): number {
  return weight * Math.max(-1, Math.min(1, (value - centre) * weight / PRIOR_ROUNDING));
}

/** Half-width of the rounded tip of the prior, times `weight`. */
export const PRIOR_ROUNDING = 0.5;

/** Settings of one update. */
export interface ParameterUpdate {
  readonly rate: number;
  /** Limit of the gradient's L2 norm, the prior's part included. */
  readonly clipNorm: number;
  readonly prior: ParameterPrior;
}

/** Keeps the optimiser's state; `update` is called once per iteration. */
export class ParameterOptimiser {
  readonly #matrices: readonly SoapMatrix[];
  /** Spans `[begin, end)` of the vector that no matrix covers. */
  readonly #spans: readonly { readonly begin: number; readonly end: number; readonly moments: AdamMoments }[];
  /** Values before quantisation, and what `update` last left in their place. */
  readonly #kept: Float64Array;
  readonly #shown: Float64Array;
  #count = 0;

  constructor(length: number, matrices: readonly MatrixShape[]) {
    this.#kept = new Float64Array(length);
    this.#shown = new Float64Array(length);
    this.#matrices = matrices.map((shape) => new SoapMatrix(shape));
    this.#spans = uncovered(length, matrices).map(([begin, end]) => ({
      ...{ begin, end },
      moments: { first: new Float64Array(end - begin), second: new Float64Array(end - begin) },
    }));
  }

  /**
   * One update of `values`, in place; `gradient` is left with the prior's part added. Values that changed since the last
   * update were written by somebody else, and replace the kept ones.
   */
  update(values: FloatArray, gradient: FloatArray, { rate, clipNorm, prior }: ParameterUpdate): void {
    const kept = this.#kept;
    for (let i = 0; i < kept.length; i++) {
      if (values[i] !== this.#shown[i]) kept[i] = values[i];
      gradient[i] += priorGradient(kept[i], prior.centre[i], prior.weight[i]);
    }
    this.#move(kept, gradient, { rate, gradientFactor: clipFactor(gradient, clipNorm) });
    for (let i = 0; i < kept.length; i++) {
      values[i] = onGrid(kept[i], prior.centre[i], prior.step[i]);
      this.#shown[i] = values[i];
    }
  }

  #move(
    values: Float64Array,
    gradient: FloatArray,
    { rate, gradientFactor }: { rate: number; gradientFactor: number },
  ) {
    const count = ++this.#count;
    for (const matrix of this.#matrices) matrix.update(values, gradient, { rate, count, gradientFactor });
    const stepSize = adamStepSize(PARAMETER_ADAM, rate, count);
    for (const { begin, end, moments } of this.#spans) {
      const part = gradient.subarray(begin, end);
      const constants = PARAMETER_ADAM;
      adamStep(values.subarray(begin, end), moments, { constants, stepSize, gradientFactor, gradient: part });
    }
  }
}

/** Spans `[begin, end)` of a vector of that length that no matrix covers. */
export function uncovered(length: number, matrices: readonly MatrixShape[]): [number, number][] {
  const spans: [number, number][] = [];
  let begin = 0;
  for (const { offset, rows, cols } of [...matrices].sort((a, b) => a.offset - b.offset)) {
    if (offset > begin) spans.push([begin, offset]);
    begin = offset + rows * cols;
  }
  if (length > begin) spans.push([begin, length]);
  return spans;
}
