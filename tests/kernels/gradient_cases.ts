/** Gradients for tests of the optimiser. */

import type { MatrixShape } from "../../kernels/soap.ts";
import { randomSource } from "../random.ts";

/**
 * Gradients of a parameter vector, values in about -1..1. Within a matrix row r is scaled by `2^-r` and column c by
 * `3^-c`, then both sides are mixed: factors with far-apart eigenvalues whose vectors are none of the unit vectors.
 */
export function separatedGradients(
  { length, matrices, count }: { length: number; matrices: readonly MatrixShape[]; count: number },
): Float64Array[] {
  const random = randomSource(9);
  return Array.from({ length: count }, () => {
    const gradient = Float64Array.from({ length }, () => random() - 0.5);
    for (const { offset, rows, cols } of matrices) {
      const at = (r: number, c: number) => offset + r * cols + c;
      for (let r = 0; r < rows; r++) for (let c = 0; c < cols; c++) gradient[at(r, c)] *= 2 ** -r * 3 ** -c;
      for (let r = 1; r < rows; r++) for (let c = 0; c < cols; c++) gradient[at(r, c)] += 0.5 * gradient[at(r - 1, c)];
      for (let c = 1; c < cols; c++) for (let r = 0; r < rows; r++) gradient[at(r, c)] -= 0.4 * gradient[at(r, c - 1)];
    }
    return gradient;
  });
}
