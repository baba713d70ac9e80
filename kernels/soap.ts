/**
 * SOAP (Vyas et al. 2024): Adam in the eigenbasis of the Kronecker factors of the gradient's second moment.
 *
 * For a weight matrix with gradient G, the factors are running means of `G G^T` and `G^T G`. Their eigenvectors, followed by
 * one step of orthogonal iteration every few updates, turn the gradient into a basis where its entries are nearly
 * uncorrelated, and Adam runs there. Settings of Cool-chic 5.0 (sec. 6.5 of its description). The GPU's twin is
 * `wgsl/soap_text.ts`.
 */

import { Eigenbasis, SOAP } from "./eigenbasis.ts";
import { multiply, multiplyTransposedLeft, multiplyTransposedRight, type ProductSizes } from "./matrix_product.ts";
import { adamStepSize, type FloatArray, PARAMETER_ADAM } from "./optimiser.ts";

/** A weight matrix in the parameter vector, row-major. */
export interface MatrixShape {
  /** Index of the first value in the parameter vector. */
  readonly offset: number;
  readonly rows: number;
  readonly cols: number;
}

/** What is known of the gradient G of a weight matrix: the Kronecker factors of its second moment. */
export interface MatrixFactors extends MatrixShape {
  /** Running mean of `G G^T`, `[rows, rows]`; undefined for a side without a basis. */
  readonly left: FloatArray | undefined;
  /** Running mean of `G^T G`, `[cols, cols]`. */
  readonly right: FloatArray | undefined;
}

/** What one update needs. */
export interface SoapUpdate {
  readonly rate: number;
  /** Number of the update; the first is 1. */
  readonly count: number;
  readonly gradientFactor: number;
}

/** The optimiser of one matrix; keeps its state. */
export class SoapMatrix {
  readonly #shape: MatrixShape;
  readonly #leftSizes: ProductSizes;
  readonly #rightSizes: ProductSizes;
  /** Bases of the two sides; a side that is too large has none. */
  readonly #left: Eigenbasis | undefined;
  readonly #right: Eigenbasis | undefined;
  readonly #gradient: Float64Array;
  /** Moments in the eigenbasis, `[rows, cols]`. */
  readonly #first: Float64Array;
  readonly #second: Float64Array;
  readonly #direction: Float64Array;
  readonly #work: Float64Array;

  constructor(shape: MatrixShape) {
    const { rows, cols } = shape;
    this.#shape = shape;
    this.#leftSizes = { rows, inner: rows, cols };
    this.#rightSizes = { rows, inner: cols, cols };
    this.#left = basisOf(rows);
    this.#right = basisOf(cols);
    [this.#gradient, this.#first, this.#second, this.#direction, this.#work] = Array.from(
      { length: 5 },
      () => new Float64Array(rows * cols),
    );
  }

  /** The factors as the last update left them. */
  factors(): MatrixFactors {
    return { ...this.#shape, left: this.#left?.mean(), right: this.#right?.mean() };
  }

  /** One update, in place. The very first one only looks at the gradient. */
  update(values: FloatArray, gradient: FloatArray, { rate, count, gradientFactor }: SoapUpdate): void {
    const { offset } = this.#shape;
    const g = this.#gradient;
    for (let i = 0; i < g.length; i++) g[i] = gradient[offset + i] * gradientFactor;
    if (count === 1) {
      this.#observe();
      for (let i = 0; i < SOAP.firstRefreshes; i++) this.#refresh();
      return;
    }
    const direction = this.#direction;
    this.#toBasis(g, direction);
    this.#adam(direction);
    this.#fromBasis(direction, direction);
    const stepSize = adamStepSize(PARAMETER_ADAM, rate, count);
    for (let i = 0; i < g.length; i++) values[offset + i] -= stepSize * direction[i];
    this.#observe();
    if (count % SOAP.refresh === 0) this.#refresh();
  }

  /** Takes a gradient in the eigenbasis into the moments, and replaces it by Adam's direction. */
  #adam(direction: Float64Array): void {
    const { beta1, beta2, epsilon } = PARAMETER_ADAM;
    const [first, second] = [this.#first, this.#second];
    for (let i = 0; i < first.length; i++) {
      const g = direction[i];
      first[i] = beta1 * first[i] + (1 - beta1) * g;
      second[i] = beta2 * second[i] + (1 - beta2) * g * g;
      direction[i] = first[i] / (Math.sqrt(second[i]) + epsilon);
    }
  }

  /** Adds the gradient to both factors. */
  #observe(): void {
    const { rows, cols } = this.#shape;
    this.#left?.observe(this.#gradient, cols);
    if (!this.#right) return;
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < cols; c++) this.#work[c * rows + r] = this.#gradient[r * cols + c];
    }
    this.#right.observe(this.#work, rows);
  }

  /**
   * Turns the bases on; the first moments turn with them, the second ones are only reordered. With equal decays Adam's
   * moments obey `first^2 <= second`, which keeps a step's length below 1; that is restored.
   */
  #refresh(): void {
    const { rows, cols } = this.#shape;
    this.#fromBasis(this.#first, this.#first);
    this.#left?.refresh();
    this.#right?.refresh();
    this.#toBasis(this.#first, this.#first);
    this.#work.set(this.#second);
    for (let r = 0; r < rows; r++) {
      const from = cols * (this.#left ? this.#left.order[r] : r);
      for (let c = 0; c < cols; c++) {
        const at = r * cols + c;
        const moved = this.#work[from + (this.#right ? this.#right.order[c] : c)];
        this.#second[at] = Math.max(moved, this.#first[at] * this.#first[at]);
      }
    }
  }

  /** `into = L from R^T`: the bases' vectors are the rows of L and R. */
  #toBasis(from: Float64Array, into: Float64Array): void {
    const [left, right] = [this.#left, this.#right];
    if (left) multiply(this.#work, left.vectors, from, this.#leftSizes);
    else this.#work.set(from);
    if (right) multiplyTransposedRight(into, this.#work, right.vectors, this.#rightSizes);
    else into.set(this.#work);
  }

  /** `into = L^T from R`. */
  #fromBasis(from: Float64Array, into: Float64Array): void {
    const [left, right] = [this.#left, this.#right];
    if (left) multiplyTransposedLeft(this.#work, left.vectors, from, this.#leftSizes);
    else this.#work.set(from);
    if (right) multiply(into, this.#work, right.vectors, this.#rightSizes);
    else into.set(this.#work);
  }
}

function basisOf(size: number): Eigenbasis | undefined {
  return size <= SOAP.largestFactor ? new Eigenbasis(size) : undefined;
}
