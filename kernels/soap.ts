/**
 * SOAP (Vyas et al. 2024): Adam in the eigenbasis of the Kronecker factors of the gradient's second moment.
 *
 * For a weight matrix with gradient G, the factors are running means of `G G^T` and `G^T G`. Their eigenvectors, followed by
 * one step of orthogonal iteration every few updates, turn the gradient into a basis where its entries are nearly
 * uncorrelated, and Adam runs there. Settings of Cool-chic 5.0 (sec. 6.5 of its description).
 */

import { adamStepSize, type FloatArray, PARAMETER_ADAM } from "./optimiser.ts";

/** A weight matrix in the parameter vector, row-major. */
export interface MatrixShape {
  /** Index of the first value in the parameter vector. */
  readonly offset: number;
  readonly rows: number;
  readonly cols: number;
}

/** Constants of SOAP; its moments decay as those of `PARAMETER_ADAM`. */
export const SOAP = {
  /** Decay of the Kronecker factors. */
  factorDecay: 0.95,
  /** Updates between two refreshes of the bases. */
  refresh: 10,
  /** Refreshes that give the first bases. */
  firstRefreshes: 20,
} as const;

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
  readonly #left: Basis;
  readonly #right: Basis;
  readonly #gradient: Float64Array;
  /** Moments in the eigenbasis, `[rows, cols]`. */
  #first: Float64Array;
  #second: Float64Array;
  readonly #work: Float64Array;
  readonly #rotated: Float64Array;

  constructor(shape: MatrixShape) {
    const size = shape.rows * shape.cols;
    this.#shape = shape;
    this.#left = new Basis(shape.rows);
    this.#right = new Basis(shape.cols);
    [this.#gradient, this.#first, this.#second, this.#work, this.#rotated] = Array.from(
      { length: 5 },
      () => new Float64Array(size),
    );
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
    const { beta1, beta2, epsilon } = PARAMETER_ADAM;
    const [m, v, direction] = [this.#first, this.#second, this.#rotated];
    this.#rotate(g, direction, true);
    for (let i = 0; i < m.length; i++) {
      m[i] = beta1 * m[i] + (1 - beta1) * direction[i];
      v[i] = beta2 * v[i] + (1 - beta2) * direction[i] ** 2;
      direction[i] = m[i] / (Math.sqrt(v[i]) + epsilon);
    }
    this.#rotate(direction, direction, false);
    const stepSize = adamStepSize(PARAMETER_ADAM, rate, count);
    for (let i = 0; i < m.length; i++) values[offset + i] -= stepSize * direction[i];
    this.#observe();
    if (count % SOAP.refresh === 0) this.#refresh();
  }

  /** Adds the gradient to both factors. */
  #observe(): void {
    const { rows, cols } = this.#shape;
    this.#left.observe(this.#gradient, { length: cols, along: cols, across: 1 });
    this.#right.observe(this.#gradient, { length: rows, along: 1, across: cols });
  }

  #refresh(): void {
    const { rows, cols } = this.#shape;
    this.#rotate(this.#first, this.#first, false);
    const [left, right] = [this.#left.refresh(), this.#right.refresh()];
    const second = new Float64Array(rows * cols);
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < cols; c++) second[r * cols + c] = this.#second[left[r] * cols + right[c]];
    }
    this.#second = second;
    this.#rotate(this.#first, this.#first, true);
  }

  /** `into = L^T from R` (to the eigenbasis) or `L from R^T` (back), with the bases' vectors as columns of L and R. */
  #rotate(from: Float64Array, into: Float64Array, toBasis: boolean): void {
    const { rows, cols } = this.#shape;
    const [left, right, half] = [this.#left.vectors, this.#right.vectors, this.#work];
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < cols; c++) {
        let sum = 0;
        if (toBasis) { for (let k = 0; k < rows; k++) sum += left[r * rows + k] * from[k * cols + c]; }
        else for (let k = 0; k < rows; k++) sum += left[k * rows + r] * from[k * cols + c];
        half[r * cols + c] = sum;
      }
    }
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < cols; c++) {
        let sum = 0;
        if (toBasis) { for (let k = 0; k < cols; k++) sum += half[r * cols + k] * right[c * cols + k]; }
        else for (let k = 0; k < cols; k++) sum += half[r * cols + k] * right[k * cols + c];
        into[r * cols + c] = sum;
      }
    }
  }
}

/** How to walk a gradient for one of its factors. */
interface Walk {
  /** Entries of one vector. */
  readonly length: number;
  /** Distance of two vectors, and of two entries of one vector. */
  readonly along: number;
  readonly across: number;
}

/** A running mean of a symmetric matrix, and an orthonormal basis that approaches its eigenvectors. */
class Basis {
  /** Basis vectors as rows `[size, size]`, largest eigenvalue first. */
  vectors: Float64Array;
  readonly #mean: Float64Array;
  readonly #size: number;

  constructor(size: number) {
    this.#size = size;
    this.#mean = new Float64Array(size * size);
    this.vectors = new Float64Array(size * size);
    for (let i = 0; i < size; i++) this.vectors[i * size + i] = 1;
  }

  /** Adds the products of all pairs of vectors of a gradient. */
  observe(gradient: Float64Array, { length, along, across }: Walk): void {
    const n = this.#size;
    for (let i = 0; i < n; i++) {
      for (let j = 0; j <= i; j++) {
        let sum = 0;
        for (let k = 0; k < length; k++) sum += gradient[i * along + k * across] * gradient[j * along + k * across];
        const mean = SOAP.factorDecay * this.#mean[i * n + j] + (1 - SOAP.factorDecay) * sum;
        this.#mean[i * n + j] = this.#mean[j * n + i] = mean;
      }
    }
  }

  /** One step of orthogonal iteration; gives the order in which the old vectors went into it. */
  refresh(): number[] {
    const n = this.#size;
    const moved = new Float64Array(n * n);
    const strength = new Float64Array(n);
    for (let v = 0; v < n; v++) {
      for (let r = 0; r < n; r++) {
        let sum = 0;
        for (let k = 0; k < n; k++) sum += this.#mean[r * n + k] * this.vectors[v * n + k];
        moved[v * n + r] = sum;
        strength[v] += sum * this.vectors[v * n + r];
      }
    }
    const order = [...strength.keys()].sort((a, b) => strength[b] - strength[a]);
    this.vectors = orthonormalise(moved, this.vectors, order);
    return order;
  }
}

/** Gram-Schmidt on the rows of `moved` in the given order; a row that vanishes is replaced by the old basis vector. */
function orthonormalise(moved: Float64Array, old: Float64Array, order: readonly number[]): Float64Array {
  const n = order.length;
  const basis = new Float64Array(n * n);
  const row = (matrix: Float64Array, i: number) => matrix.subarray(i * n, (i + 1) * n);
  order.forEach((source, done) => {
    const target = row(basis, done);
    target.set(row(moved, source));
    if (reduce(target, basis, done)) return;
    target.set(row(old, source));
    for (let unit = 0; !reduce(target, basis, done); unit++) {
      target.fill(0);
      target[unit] = 1;
    }
  });
  return basis;
}

/** Takes the first `done` basis rows out of `vector` and scales it to length 1; false if next to nothing is left. */
function reduce(vector: Float64Array, basis: Float64Array, done: number): boolean {
  const n = vector.length;
  const before = norm(vector);
  for (let round = 0; round < 2; round++) {
    for (let b = 0; b < done; b++) {
      let dot = 0;
      for (let i = 0; i < n; i++) dot += vector[i] * basis[b * n + i];
      for (let i = 0; i < n; i++) vector[i] -= dot * basis[b * n + i];
    }
  }
  const left = norm(vector);
  if (!(left > 1e-10 * before && left > 1e-150)) return false;
  for (let i = 0; i < n; i++) vector[i] /= left;
  return true;
}

function norm(vector: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < vector.length; i++) sum += vector[i] * vector[i];
  return Math.sqrt(sum);
}
