/** Comparisons of float32 results with the float64 reference, with a message that shows the worst place. */

import { assert, assertEquals } from "@std/assert";
import type { MatrixFactors } from "../../kernels/soap.ts";

/** Root of the mean squared difference relative to that of the expected values is at most `tolerance`. */
export function assertMapsAgree(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  { tolerance = 1e-5, what }: { tolerance?: number; what: string },
): void {
  let [squares, errors] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    squares += expected[i] ** 2;
    errors += (actual[i] - expected[i]) ** 2;
  }
  const ratio = Math.sqrt(errors / Math.max(squares, 1e-24));
  assert(ratio <= tolerance, `${what}: relative rms ${ratio} > ${tolerance}; ${worst(actual, expected)}`);
}

/** The largest difference is at most `tolerance` times the largest expected value. */
export function assertSumsAgree(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  { tolerance = 1e-4, what }: { tolerance?: number; what: string },
): void {
  let [largest, error] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    largest = Math.max(largest, Math.abs(expected[i]));
    error = Math.max(error, Math.abs(actual[i] - expected[i]));
  }
  const ratio = error / Math.max(largest, 1e-12);
  assert(
    ratio <= tolerance,
    `${what}: largest error ${ratio} of the maximum > ${tolerance}; ${worst(actual, expected)}`,
  );
}

/** Factors of the same matrices, with the same sides, that agree. */
export function assertFactorsAgree(
  actual: readonly MatrixFactors[],
  expected: readonly MatrixFactors[],
  { tolerance }: { tolerance: number },
): void {
  assertEquals(actual.length, expected.length);
  expected.forEach((matrix, i) => {
    const { offset, rows, cols } = matrix;
    assertEquals([actual[i].offset, actual[i].rows, actual[i].cols], [offset, rows, cols]);
    for (const side of ["left", "right"] as const) {
      const what = `${side} factor of matrix ${i}`;
      assertEquals(actual[i][side] === undefined, matrix[side] === undefined, what);
      if (matrix[side]) assertMapsAgree(actual[i][side]!, matrix[side], { tolerance, what });
    }
  });
}

function worst(actual: ArrayLike<number>, expected: ArrayLike<number>): string {
  let at = 0;
  for (let i = 0; i < expected.length; i++) {
    if (!(Math.abs(actual[i] - expected[i]) <= Math.abs(actual[at] - expected[at]))) at = i;
  }
  return `at ${at} of ${expected.length}: expected ${expected[at]}, received ${actual[at]}`;
}
