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
  return { centre: zeros(), weight: zeros(), step: zeros() };
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

Deno.test("ParameterOptimiser runs the networks on the grid and moves the values that it keeps", () => {
  const optimiser = new ParameterOptimiser(2, []);
  const values = Float64Array.of(0, 0);
  const prior = { ...noPrior(2), centre: Float64Array.of(0.12, 0), step: Float64Array.of(0.5, 0) };
  const update = () => optimiser.update(values, Float64Array.of(-1, -1), { rate: 0.05, clipNorm: 10, prior });
  const seen: number[] = [];
  for (let i = 0; i < 12; i++) {
    update();
    seen.push(values[0]);
    assertAlmostEquals(values[1], 0.05 * (i + 1), 1e-6);
  }
  assertEquals(seen, [...Array(7).fill(0.12), ...Array(5).fill(0.62)]);
});

Deno.test("ParameterOptimiser goes on from values that somebody else wrote", () => {
  const optimiser = new ParameterOptimiser(1, []);
  const values = Float64Array.of(0);
  const prior = { ...noPrior(1), step: Float64Array.of(1) };
  const update = () => optimiser.update(values, Float64Array.of(-1), { rate: 0.1, clipNorm: 10, prior });
  update();
  assertEquals(values[0], 0);
  values[0] = 5.45;
  update();
  assertEquals(values[0], 6);
});

Deno.test("uncovered() gives what no matrix covers, in any order of matrices", () => {
  const matrices = [{ offset: 8, rows: 2, cols: 3 }, { offset: 2, rows: 1, cols: 4 }, { offset: 6, rows: 1, cols: 2 }];
  assertEquals(uncovered(16, matrices), [[0, 2], [14, 16]]);
  assertEquals(uncovered(14, matrices), [[0, 2]]);
  assertEquals(uncovered(3, []), [[0, 3]]);
});
