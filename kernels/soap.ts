/**
 * SOAP (Vyas et al. 2024): Adam in the eigenbasis of the Kronecker factors of the gradient's second moment.
 *
 * For a weight matrix with gradient G, the factors are running means of `G G^T` and `G^T G`; their eigenvectors, refreshed
 * every few steps by one QR step, turn the gradient into a basis where its entries are nearly uncorrelated, and Adam runs
 * there. Settings of Cool-chic 5.0 (sec. 6.5 of its description). Vectors get plain Adam.
 */

import { adamStepSize, PARAMETER_ADAM } from "./optimiser.ts";

/** A weight matrix in the parameter vector, row-major. */
export interface MatrixShape {
  readonly offset: number;
  readonly rows: number;
  readonly cols: number;
}

/** Decay of the Kronecker factors. */
const FACTOR_DECAY = 0.95;
/** Steps between two refreshes of the eigenvectors. */
const REFRESH = 10;
/** QR steps that give the first eigenvectors. */
const FIRST_REFRESHES = 20;

/** The optimiser of one matrix; keeps its state. */
export class SoapMatrix {
  readonly #shape: MatrixShape;
  readonly #left: Factor;
  readonly #right: Factor;
  /** Moments in the eigenbasis, `[rows, cols]`. */
  #first: Float64Array;
  #second: Float64Array;
  #started = false;

  constructor(shape: MatrixShape) {
    this.#shape = shape;
    this.#left = new Factor(shape.rows);
    this.#right = new Factor(shape.cols);
    this.#first = new Float64Array(shape.rows * shape.cols);
    this.#second = new Float64Array(shape.rows * shape.cols);
  }

  /** Update number `count` (the first is 1). The first one only looks at the gradient. */
  step(values: Float32Array | Float64Array, gradient: Float64Array, { rate, count }: { rate: number; count: number }): void {
    const { offset, rows, cols } = this.#shape;
    const g = gradient.subarray(offset, offset + rows * cols);
    if (!this.#started) {
      this.#start(g);
      return;
    }
    const projected = this.#toBasis(g);
    const { beta1, beta2, epsilon } = PARAMETER_ADAM;
    const update = new Float64Array(rows * cols);
    for (let i = 0; i < update.length; i++) {
      this.#first[i] = beta1 * this.#first[i] + (1 - beta1) * projected[i];
      this.#second[i] = beta2 * this.#second[i] + (1 - beta2) * projected[i] ** 2;
      update[i] = this.#first[i] / (Math.sqrt(this.#second[i]) + epsilon);
    }
    const stepSize = adamStepSize(PARAMETER_ADAM, rate, count);
    const direction = this.#fromBasis(update);
    for (let i = 0; i < direction.length; i++) values[offset + i] -= stepSize * direction[i];
    this.#observe(g);
    if (count % REFRESH === 0) this.#refresh();
  }

  #start(g: Float64Array): void {
    this.#started = true;
    this.#observe(g);
    for (let i = 0; i < FIRST_REFRESHES; i++) {
      this.#left.refresh();
      this.#right.refresh();
    }
  }

  #observe(g: Float64Array): void {
    const { rows, cols } = this.#shape;
    this.#left.observe((i, j) => {
      let sum = 0;
      for (let k = 0; k < cols; k++) sum += g[i * cols + k] * g[j * cols + k];
      return sum;
    });
    this.#right.observe((i, j) => {
      let sum = 0;
      for (let k = 0; k < rows; k++) sum += g[k * cols + i] * g[k * cols + j];
      return sum;
    });
  }

  #refresh(): void {
    const { rows, cols } = this.#shape;
    const first = this.#fromBasis(this.#first);
    const [left, right] = [this.#left.refresh(), this.#right.refresh()];
    const second = new Float64Array(rows * cols);
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < cols; c++) second[r * cols + c] = this.#second[left[r] * cols + right[c]];
    }
    this.#second = second;
    this.#first = this.#toBasis(first);
  }

  #toBasis(g: ArrayLike<number>): Float64Array {
    const { rows, cols } = this.#shape;
    const half = multiply(this.#left.basis, g, { rows, inner: rows, cols, transposeA: true });
    return multiply(half, this.#right.basis, { rows, inner: cols, cols, transposeA: false });
  }

  #fromBasis(g: ArrayLike<number>): Float64Array {
    const { rows, cols } = this.#shape;
    const half = multiply(this.#left.basis, g, { rows, inner: rows, cols, transposeA: false });
    return multiply(half, transpose(this.#right.basis, cols), { rows, inner: cols, cols, transposeA: false });
  }
}

/** A running mean of a symmetric matrix, and a basis that approaches its eigenvectors (columns, largest first). */
class Factor {
  basis: Float64Array;
  readonly #mean: Float64Array;
  readonly #size: number;

  constructor(size: number) {
    this.#size = size;
    this.#mean = new Float64Array(size * size);
    this.basis = new Float64Array(size * size);
    for (let i = 0; i < size; i++) this.basis[i * size + i] = 1;
  }

  observe(entry: (i: number, j: number) => number): void {
    const n = this.#size;
    for (let i = 0; i < n; i++) {
      for (let j = 0; j <= i; j++) {
        const mean = FACTOR_DECAY * this.#mean[i * n + j] + (1 - FACTOR_DECAY) * entry(i, j);
        this.#mean[i * n + j] = this.#mean[j * n + i] = mean;
      }
    }
  }

  /** One step of orthogonal iteration; gives the order in which the old columns went into it. */
  refresh(): number[] {
    const n = this.#size;
    const moved = multiply(this.#mean, this.basis, { rows: n, inner: n, cols: n, transposeA: false });
    const strength = Array.from({ length: n }, (_, c) => {
      let sum = 0;
      for (let r = 0; r < n; r++) sum += this.basis[r * n + c] * moved[r * n + c];
      return sum;
    });
    const order = [...strength.keys()].sort((a, b) => strength[b] - strength[a]);
    this.basis = orthonormalise(moved, this.basis, order);
    return order;
  }
}

/** Gram-Schmidt on the columns of `moved` in the given order; a column that vanishes is replaced by the old basis vector. */
function orthonormalise(moved: Float64Array, old: Float64Array, order: readonly number[]): Float64Array {
  const n = order.length;
  const columns: Float64Array[] = [];
  for (const index of order) {
    const candidate = reduced(column(moved, index, n), columns) ?? reduced(column(old, index, n), columns);
    columns.push(candidate ?? firstFree(columns, n));
  }
  const basis = new Float64Array(n * n);
  columns.forEach((values, c) => values.forEach((value, r) => basis[r * n + c] = value));
  return basis;
}

function column(matrix: Float64Array, index: number, n: number): Float64Array {
  return Float64Array.from({ length: n }, (_, r) => matrix[r * n + index]);
}

/** The unit vector along what is left of `vector` beside the columns; undefined if that is next to nothing. */
function reduced(vector: Float64Array, columns: readonly Float64Array[]): Float64Array | undefined {
  const before = Math.hypot(...vector);
  for (let round = 0; round < 2; round++) {
    for (const other of columns) {
      let dot = 0;
      for (let i = 0; i < vector.length; i++) dot += vector[i] * other[i];
      for (let i = 0; i < vector.length; i++) vector[i] -= dot * other[i];
    }
  }
  const norm = Math.hypot(...vector);
  return norm > 1e-10 * before && norm > 1e-300 ? vector.map((value) => value / norm) : undefined;
}

function firstFree(columns: readonly Float64Array[], n: number): Float64Array {
  for (let i = 0; i < n; i++) {
    const unit = reduced(Float64Array.from({ length: n }, (_, r) => Number(r === i)), columns);
    if (unit) return unit;
  }
  throw new RangeError(`Cannot complete a basis of ${n} vectors`);
}

interface ProductSize {
  readonly rows: number;
  readonly inner: number;
  readonly cols: number;
  readonly transposeA: boolean;
}

function multiply(a: ArrayLike<number>, b: ArrayLike<number>, { rows, inner, cols, transposeA }: ProductSize): Float64Array {
  const product = new Float64Array(rows * cols);
  for (let r = 0; r < rows; r++) {
    for (let k = 0; k < inner; k++) {
      const factor = transposeA ? a[k * rows + r] : a[r * inner + k];
      for (let c = 0; c < cols; c++) product[r * cols + c] += factor * b[k * cols + c];
    }
  }
  return product;
}

function transpose(matrix: Float64Array, n: number): Float64Array {
  return Float64Array.from(matrix, (_, i) => matrix[(i % n) * n + Math.floor(i / n)]);
}
