/** Comparisons of float32 results with the float64 reference, with a message that shows the worst place. */

import { assert } from "@std/assert";

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

function worst(actual: ArrayLike<number>, expected: ArrayLike<number>): string {
  let at = 0;
  for (let i = 0; i < expected.length; i++) {
    if (!(Math.abs(actual[i] - expected[i]) <= Math.abs(actual[at] - expected[at]))) at = i;
  }
  return `at ${at} of ${expected.length}: expected ${expected[at]}, received ${actual[at]}`;
}
