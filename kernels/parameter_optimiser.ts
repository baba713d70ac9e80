/** The optimiser of the network parameters: SOAP for the graph's matrices, Adam for the rest, pulled towards a prior. */

import { type AdamMoments, adamStep, adamStepSize, clipFactor, type FloatArray, PARAMETER_ADAM } from "./optimiser.ts";
import { type MatrixFactors, type MatrixShape, SoapMatrix } from "./soap.ts";

/**
 * What the parameters cost by themselves: bits that grow with the distance from `centre`, `weight` bits per unit of
 * distance (a Laplace density of scale `1 / (weight ln 2)`), rounded off within `0.5 / weight` of the centre.
 */
export interface ParameterPrior {
  readonly centre: FloatArray;
  readonly weight: FloatArray;
  /** Not 0: the value stays as it is, and has no gradient. A matrix is frozen as a whole or not at all. */
  readonly frozen: FloatArray;
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
  /** Values before the update under way. */
  readonly #before: Float64Array;
  #count = 0;

  constructor(length: number, matrices: readonly MatrixShape[]) {
    this.#before = new Float64Array(length);
    this.#matrices = matrices.map((shape) => new SoapMatrix(shape));
    this.#spans = uncovered(length, matrices).map(([begin, end]) => ({
      ...{ begin, end },
      moments: { first: new Float64Array(end - begin), second: new Float64Array(end - begin) },
    }));
  }

  /** Factors of all matrices, in the order of the graph. */
  factors(): MatrixFactors[] {
    return this.#matrices.map((matrix) => matrix.factors());
  }

  /** One update of `values`, in place; `gradient` is left with the prior's part added, and 0 where a value is frozen. */
  update(values: FloatArray, gradient: FloatArray, { rate, clipNorm, prior }: ParameterUpdate): void {
    const { centre, weight, frozen } = prior;
    const before = this.#before;
    before.set(values);
    for (let i = 0; i < values.length; i++) {
      gradient[i] = frozen[i] !== 0 ? 0 : gradient[i] + priorGradient(values[i], centre[i], weight[i]);
    }
    this.#move(values, gradient, { rate, gradientFactor: clipFactor(gradient, clipNorm) });
    for (let i = 0; i < values.length; i++) if (frozen[i] !== 0) values[i] = before[i];
  }

  #move(
    values: FloatArray,
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
