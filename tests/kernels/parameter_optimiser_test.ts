/** The optimiser of the parameters: the prior, clipping, and who updates what. */

import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { adamStep, adamStepSize, clipFactor, PARAMETER_ADAM } from "../../kernels/optimiser.ts";
import { ParameterOptimiser, PRIOR_ROUNDING, priorGradient, uncovered } from "../../kernels/parameter_optimiser.ts";
import { SoapMatrix } from "../../kernels/soap.ts";
import { separatedGradients } from "./gradient_cases.ts";

/** The cost that `ParameterPrior` describes, in bits: `weight |distance|` with a parabola for a tip. */
function priorCost(value: number, centre: number, weight: number): number {
  const bits = weight * Math.abs(value - centre);
  return bits < PRIOR_ROUNDING ? bits * bits / (2 * PRIOR_ROUNDING) : bits - PRIOR_ROUNDING / 2;
}

Deno.test("priorGradient() is the derivative of the prior's cost and at most its weight", () => {
  const step = 1e-6;
  for (const [centre, weight] of [[0, 1], [0.3, 40], [-2, 0.1]]) {
    for (let k = -30; k <= 30; k++) {
      const value = centre + (k + 0.1) / (10 * weight);
      const slope = (priorCost(value + step, centre, weight) - priorCost(value - step, centre, weight)) / (2 * step);
      assertAlmostEquals(priorGradient(value, centre, weight), slope, 1e-5 * weight);
      assert(Math.abs(priorGradient(value, centre, weight)) <= weight);
    }
    assertEquals(priorGradient(centre + 1e6, centre, weight), weight);
  }
  assertAlmostEquals(priorGradient(5, 1, 0), 0, 0);
});

function noPrior(length: number) {
  const zeros = () => new Float64Array(length);
  return { centre: zeros(), weight: zeros(), frozen: zeros() };
}

Deno.test("ParameterOptimiser runs adamStep() where no matrix is, SoapMatrix where one is, under one clip norm", () => {
  const length = 20;
  const shape = { offset: 4, rows: 3, cols: 4 };
  const optimiser = new ParameterOptimiser(length, [shape]);
  const soap = new SoapMatrix(shape);
  const moments = { first: new Float64Array(length), second: new Float64Array(length) };
  const [values, adam, inMatrix] = [0, 1, 2].map(() => new Float64Array(length).fill(1));
  separatedGradients({ length, matrices: [shape], count: 23 }).forEach((gradient, i) => {
    const gradientFactor = clipFactor(gradient, 0.3);
    optimiser.update(values, gradient.slice(), { rate: 0.02, clipNorm: 0.3, prior: noPrior(length) });
    soap.update(inMatrix, gradient, { rate: 0.02, count: i + 1, gradientFactor });
    const stepSize = adamStepSize(PARAMETER_ADAM, 0.02, i + 1);
    adamStep(adam, moments, { constants: PARAMETER_ADAM, stepSize, gradient, gradientFactor });
    const expected = adam.map((value, k) => k >= 4 && k < 16 ? inMatrix[k] : value);
    assertEquals(values, expected);
  });
});

Deno.test("ParameterOptimiser clips the gradient together with the prior's part, and leaves it so", () => {
  const prior = { ...noPrior(2), weight: Float64Array.of(3, 0) };
  const gradient = Float64Array.of(0, 4);
  new ParameterOptimiser(2, []).update(Float64Array.of(10, 10), gradient, { rate: 0.1, clipNorm: 1, prior });
  assertEquals(gradient, Float64Array.of(3, 4));
});

Deno.test("ParameterOptimiser pulls values without any other gradient to their centres", () => {
  const [values, prior] = [Float64Array.of(1, -1, 2, 1), noPrior(4)];
  prior.centre.set([0.5, -0.5, 0.5, 0.5]);
  prior.weight.set([1, 1, 1, 0]);
  const optimiser = new ParameterOptimiser(4, []);
  for (let i = 0; i < 600; i++) {
    optimiser.update(values, new Float64Array(4), { rate: 0.01 * (1 - i / 600), clipNorm: 10, prior });
  }
  [0.5, -0.5, 0.5, 1].forEach((expected, i) => assertAlmostEquals(values[i], expected, 0.02));
});

Deno.test("ParameterOptimiser leaves frozen values as they are, and their gradients out of the norm", () => {
  const shapes = [{ offset: 2, rows: 2, cols: 2 }, { offset: 6, rows: 2, cols: 2 }];
  const length = 10;
  const frozen = Float64Array.from({ length }, (_, i) => i === 1 || i >= 6 ? 1 : 0);
  const [optimiser, other] = [0, 1].map(() => new ParameterOptimiser(length, shapes));
  const [values, expected] = [0, 1].map(() => Float64Array.from({ length }, (_, i) => i / 7));
  const settings = { rate: 0.02, clipNorm: 0.3 };
  separatedGradients({ length, matrices: shapes, count: 13 }).forEach((gradient, i) => {
    const isFrozen = i >= 3;
    const prior = isFrozen ? { ...noPrior(length), frozen } : noPrior(length);
    const before = values.slice();
    const ours = gradient.slice();
    optimiser.update(values, ours, { ...settings, prior });
    const rest = gradient.map((value, k) => isFrozen && frozen[k] ? 0 : value);
    other.update(expected, rest, { ...settings, prior: noPrior(length) });
    assertEquals(ours, rest);
    values.forEach((value, k) => assertEquals(value, isFrozen && frozen[k] ? before[k] : expected[k]));
  });
});

Deno.test("uncovered() gives what no matrix covers, in any order of matrices", () => {
  const matrices = [{ offset: 8, rows: 2, cols: 3 }, { offset: 2, rows: 1, cols: 4 }, { offset: 6, rows: 1, cols: 2 }];
  assertEquals(uncovered(16, matrices), [[0, 2], [14, 16]]);
  assertEquals(uncovered(14, matrices), [[0, 2]]);
  assertEquals(uncovered(3, []), [[0, 3]]);
});
