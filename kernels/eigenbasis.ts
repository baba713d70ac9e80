/** The running mean of a symmetric matrix, and an orthonormal basis that approaches its eigenvectors (float64). */

/** Constants of SOAP's Kronecker factors and their bases; the moments decay as those of `PARAMETER_ADAM`. */
export const SOAP = {
  /** Decay of the Kronecker factors. */
  factorDecay: 0.95,
  /** Updates between two refreshes of the bases. */
  refresh: 10,
  /** Refreshes that give the first bases. */
  firstRefreshes: 20,
  /** Largest factor with a basis; a larger one counts as uncorrelated, as in the authors' code. */
  largestFactor: 128,
  /**
   * Added to the eigenvalues, of which the largest is about 1: directions without any gradient keep their vectors, and no
   * vector vanishes, in float32 either.
   */
  shift: 1e-6,
  /** A mean with a smaller trace counts as 0. */
  smallestTrace: 1e-30,
} as const;

/** A factor of one side of a weight matrix: the mean of products of the gradient's rows (or columns). */
export class Eigenbasis {
  readonly size: number;
  /** Basis vectors as rows `[size, size]`, largest eigenvalue first. */
  readonly vectors: Float64Array;
  /** `order[i]` is the number that basis vector `i` had before the last refresh. */
  readonly order: Int32Array;
  /** `[size, size]`, kept below and on the diagonal only. */
  readonly #mean: Float64Array;
  readonly #moved: Float64Array;
  readonly #strength: Float64Array;

  /** Starts with a mean of 0 and the unit vectors. */
  constructor(size: number) {
    this.size = size;
    this.order = new Int32Array(size);
    this.#strength = new Float64Array(size);
    [this.vectors, this.#mean, this.#moved] = [0, 1, 2].map(() => new Float64Array(size * size));
    for (let i = 0; i < size; i++) this.vectors[i * size + i] = 1;
  }

  /** The mean, `[size, size]`, symmetric. */
  mean(): Float64Array {
    const n = this.size;
    return Float64Array.from({ length: n * n }, (_, at) => {
      const [row, col] = [Math.floor(at / n), at % n];
      return this.#mean[Math.max(row, col) * n + Math.min(row, col)];
    });
  }

  /** Takes the products of all pairs of rows of `gradient`, `[size, length]`, into the mean. */
  observe(gradient: Float64Array, length: number): void {
    const mean = this.#mean;
    for (let i = 0; i < this.size; i++) {
      for (let j = 0; j <= i; j++) {
        let sum = 0;
        for (let k = 0, a = i * length, b = j * length; k < length; k++) sum += gradient[a + k] * gradient[b + k];
        const at = i * this.size + j;
        mean[at] = SOAP.factorDecay * mean[at] + (1 - SOAP.factorDecay) * sum;
      }
    }
  }

  /** One step of orthogonal iteration: `mean / trace + shift` times the vectors, made orthonormal, strongest first. */
  refresh(): void {
    this.#move();
    sortDescending(this.order, this.#strength);
    orthonormalise(this.#moved, this.order);
    const n = this.size;
    for (let i = 0; i < n; i++) {
      const from = this.order[i] * n;
      for (let k = 0; k < n; k++) this.vectors[i * n + k] = this.#moved[from + k];
    }
  }

  #move(): void {
    const { size: n, vectors } = this;
    const [mean, moved] = [this.#mean, this.#moved];
    let trace = 0;
    for (let i = 0; i < n; i++) trace += mean[i * n + i];
    const scale = trace > SOAP.smallestTrace ? 1 / trace : 0;
    for (let v = 0; v < n * n; v += n) {
      for (let i = 0; i < n; i++) moved[v + i] = SOAP.shift * vectors[v + i];
      for (let i = 0; i < n; i++) {
        const row = i * n;
        const own = scale * vectors[v + i];
        let sum = mean[row + i] * own;
        for (let k = 0; k < i; k++) {
          sum += scale * mean[row + k] * vectors[v + k];
          moved[v + k] += mean[row + k] * own;
        }
        moved[v + i] += sum;
      }
      let strength = 0;
      for (let i = 0; i < n; i++) strength += moved[v + i] * vectors[v + i];
      this.#strength[v / n] = strength;
    }
  }
}

/** Writes the indices of `keys` into `order`, largest key first, equal keys in their own order. */
function sortDescending(order: Int32Array, keys: Float64Array): void {
  for (let i = 0; i < order.length; i++) {
    let at = i;
    for (; at > 0 && keys[order[at - 1]] < keys[i]; at--) order[at] = order[at - 1];
    order[at] = i;
  }
}

/** Modified Gram-Schmidt on the rows of a square matrix, taken in the given order, in place. */
function orthonormalise(rows: Float64Array, order: Int32Array): void {
  const n = order.length;
  for (let i = 0; i < n; i++) {
    const pivot = order[i] * n;
    let squares = 0;
    for (let k = pivot; k < pivot + n; k++) squares += rows[k] * rows[k];
    const scale = 1 / Math.sqrt(squares);
    for (let k = pivot; k < pivot + n; k++) rows[k] *= scale;
    for (let j = i + 1; j < n; j++) {
      const row = order[j] * n;
      let product = 0;
      for (let k = 0; k < n; k++) product += rows[pivot + k] * rows[row + k];
      for (let k = 0; k < n; k++) rows[row + k] -= product * rows[pivot + k];
    }
  }
}
