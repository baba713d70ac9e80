/** Rounding of weight matrices: cheaper than value by value where gradients go together, the same where they do not. */

import { assert, assertEquals } from "@std/assert";
import { MatrixRounding } from "../../codec/matrix_rounding.ts";
import type { MatrixFactors } from "../../kernels/soap.ts";
import { randomSource } from "../random.ts";

const STEP = 1 / 16;

/** A mean of products of vectors whose entries share a part: what a factor looks like. */
function factorOf(size: number, common: number, random: () => number): Float64Array {
  const factor = new Float64Array(size * size);
  for (let sample = 0; sample < 4 * size; sample++) {
    const shared = common * (random() - 0.5);
    const vector = Array.from({ length: size }, () => shared + (random() - 0.5) / 4);
    for (let i = 0; i < size; i++) for (let j = 0; j < size; j++) factor[i * size + j] += vector[i] * vector[j];
  }
  return factor;
}

/** The error's cost `trace(L E R E^T)`. */
function costOf({ rows, cols, left, right }: MatrixFactors, error: Float64Array): number {
  let sum = 0;
  for (let a = 0; a < rows; a++) {
    for (let b = 0; b < rows; b++) {
      for (let c = 0; c < cols; c++) {
        for (let d = 0; d < cols; d++) {
          sum += left![a * rows + b] * right![c * cols + d] * error[a * cols + c] * error[b * cols + d];
        }
      }
    }
  }
  return sum;
}

function randomMatrix(rows: number, cols: number, seed: number) {
  const random = randomSource(seed);
  const offset = seed % 3;
  const parameters = Float32Array.from({ length: offset + rows * cols + 2 }, () => 2 * random() - 1);
  const [left, right] = [factorOf(rows, 1, random), factorOf(cols, 1, random)];
  return { parameters, factors: { offset, rows, cols, left, right } };
}

/** What is rounded, minus the values. */
function errorOf(parameters: Float32Array, { offset }: MatrixFactors, rounded: Int32Array): Float64Array {
  return Float64Array.from(rounded, (value, i) => value * STEP - parameters[offset + i]);
}

Deno.test("MatrixRounding costs a fraction of rounding value by value where gradients go together", () => {
  for (const [rows, cols] of [[6, 9], [3, 27], [12, 1], [1, 5]]) {
    let [together, alone] = [0, 0];
    for (let seed = 1; seed <= 8; seed++) {
      const { parameters, factors } = randomMatrix(rows, cols, seed);
      const rounded = new MatrixRounding(factors).round(parameters, STEP);
      const plain = new MatrixRounding({ ...factors, left: undefined, right: undefined }).round(parameters, STEP);
      together += costOf(factors, errorOf(parameters, factors, rounded));
      alone += costOf(factors, errorOf(parameters, factors, plain));
    }
    assert(together < 0.5 * alone, `${rows}x${cols}: ${together} of ${alone}`);
  }
});

Deno.test("MatrixRounding rounds value by value where gradients do not go together, or are not known", () => {
  const { parameters, factors } = randomMatrix(4, 7, 5);
  const { offset, rows, cols } = factors;
  const expected = Int32Array.from({ length: rows * cols }, (_, i) => Math.round(parameters[offset + i] / STEP));
  const diagonal = (size: number) =>
    Float64Array.from({ length: size * size }, (_, i) => i % (size + 1) === 0 ? 1 + i : 0);
  const zeros = (size: number) => new Float64Array(size * size);
  for (
    const [left, right] of [
      [diagonal(rows), diagonal(cols)],
      [zeros(rows), zeros(cols)],
      [undefined, diagonal(cols)],
      [undefined, undefined],
    ]
  ) {
    assertEquals(new MatrixRounding({ ...factors, left, right }).round(parameters, STEP), expected);
  }
});

Deno.test("MatrixRounding leaves values on the grid where they are, whatever the factors", () => {
  const { parameters, factors } = randomMatrix(5, 8, 2);
  const grid = parameters.map((value) => STEP * Math.round(value / STEP));
  const rank1 = { ...factors, left: new Float64Array(25).fill(3), right: new Float64Array(64).fill(1e-20) };
  for (const each of [factors, rank1]) {
    const rounded = new MatrixRounding(each).round(grid, STEP);
    assertEquals(rounded, Int32Array.from(grid.slice(factors.offset, factors.offset + 40), (value) => value / STEP));
  }
});
