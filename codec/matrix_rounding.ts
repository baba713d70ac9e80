/**
 * Rounds a weight matrix so that the errors of its values cancel.
 *
 * What the optimiser knows of the gradients is, up to a factor, the curvature of the loss: `L (x) R` for a matrix with the
 * factors L (rows) and R (columns). Values are rounded one after the other, the most sensitive first, and each one takes over
 * what the errors before it left: successive rounding along the Cholesky factors ("nearest plane", Babai 1986; for networks
 * GPTQ, Frantar et al. 2022). Contexts of neighbouring latents and the taps of a kernel see almost the same, so most of an
 * error can be taken back, and steps may be several times as coarse.
 */

import type { FloatArray } from "../kernels/optimiser.ts";
import type { MatrixFactors, MatrixShape } from "../kernels/soap.ts";

/**
 * Added to the factors' diagonals, in units of their mean: they are estimates from few gradients, and an error is not to be
 * spread over weights that only seem free.
 */
const DAMPING = 0.1;

const UNBOUNDED = [-Infinity, Infinity] as const;

/** One side of a matrix. */
interface Side {
  /** Indices, the most sensitive last. */
  readonly order: readonly number[];
  /** `[size, size]` in that order, upper triangle: how much of the error at the column's place the row's place takes over. */
  readonly shares: Float64Array;
}

/** Rounds one matrix, in any step. */
export class MatrixRounding {
  readonly #shape: MatrixShape;
  readonly #rows: Side;
  readonly #cols: Side;

  /** Without factors, or before the first gradient, each value is rounded by itself. */
  constructor({ left, right, ...shape }: MatrixFactors) {
    this.#shape = shape;
    this.#rows = sideOf(shape.rows, left);
    this.#cols = sideOf(shape.cols, right);
  }

  /** The integers from `least` to `most` for the matrix's part of `parameters`, row-major, in units of `step`. */
  round(parameters: Float32Array, step: number, [least, most]: readonly [number, number] = UNBOUNDED): Int32Array {
    const { offset, rows, cols } = this.#shape;
    const rounded = new Int32Array(rows * cols);
    /** Errors in the sides' orders. */
    const errors = new Float64Array(rows * cols);
    for (let r = rows - 1; r >= 0; r--) {
      const pending = this.#errorsAfter(r, errors);
      for (let c = cols - 1; c >= 0; c--) {
        let takenOver = 0;
        for (let k = c; k < cols; k++) takenOver += this.#cols.shares[c * cols + k] * pending[k];
        const at = this.#rows.order[r] * cols + this.#cols.order[c];
        const value = parameters[offset + at] / step;
        rounded[at] = Math.max(least, Math.min(most, Math.round(value + takenOver)));
        errors[r * cols + c] = value - rounded[at];
        pending[c] += errors[r * cols + c];
      }
    }
    return rounded;
  }

  /** What a row takes over from the rows after it, which are rounded already, column by column. */
  #errorsAfter(row: number, errors: Float64Array): Float64Array {
    const { rows, cols } = this.#shape;
    const sums = new Float64Array(cols);
    for (let r = row + 1; r < rows; r++) {
      const share = this.#rows.shares[row * rows + r];
      for (let c = 0; c < cols; c++) sums[c] += share * errors[r * cols + c];
    }
    return sums;
  }
}

function sideOf(size: number, factor: FloatArray | undefined): Side {
  const order = Array.from({ length: size }, (_, i) => i);
  const shares = new Float64Array(size * size);
  for (let i = 0; i < size; i++) shares[i * size + i] = 1;
  const diagonal = (i: number) => factor ? factor[i * size + i] : 0;
  const mean = order.reduce((sum, i) => sum + diagonal(i), 0) / size;
  if (!factor || !(mean > 0)) return { order, shares };
  order.sort((a, b) => diagonal(a) - diagonal(b));
  const lower = choleskyOf(size, (i, j) => factor[order[i] * size + order[j]] / mean + (i === j ? DAMPING : 0));
  for (let i = 0; i < size; i++) {
    for (let j = i + 1; j < size; j++) shares[i * size + j] = lower[j * size + i] / lower[i * size + i];
  }
  return { order, shares };
}

/** The lower triangle G of a positive definite matrix `G G^T`, `[size, size]`. */
function choleskyOf(size: number, entry: (row: number, col: number) => number): Float64Array {
  const lower = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = entry(i, j);
      for (let k = 0; k < j; k++) sum -= lower[i * size + k] * lower[j * size + k];
      lower[i * size + j] = i === j ? Math.sqrt(sum) : sum / lower[j * size + j];
    }
  }
  return lower;
}
