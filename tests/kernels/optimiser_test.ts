/** The optimisers' updates, by hand and by behaviour. */

import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { adamStep, adamStepSize, clipFactor, LATENT_ADAM, PARAMETER_ADAM } from "../../kernels/optimiser.ts";

function moments(length: number) {
  return { first: new Float64Array(length), second: new Float64Array(length) };
}

Deno.test("adamStep() moves a value by the learning rate at the first step, whatever the gradient's size", () => {
  for (const betas of [LATENT_ADAM, PARAMETER_ADAM]) {
    const constants = { ...betas, epsilon: 1e-9 };
    const values = Float64Array.of(1, 1, 1);
    const gradient = Float64Array.of(3, -0.02, 0);
    const stepSize = adamStepSize(constants, 0.01, 1);
    adamStep(values, moments(3), { constants, stepSize, gradient, gradientFactor: 1 });
    assertAlmostEquals(values[0], 0.99, 1e-6);
    assertAlmostEquals(values[1], 1.01, 1e-6);
    assertEquals(values[2], 1);
  }
});

Deno.test("adamStep() follows the published recursion over two steps", () => {
  const constants = { beta1: 0.5, beta2: 0.75, epsilon: 0 };
  const values = Float64Array.of(0);
  const state = moments(1);
  [1, -2].forEach((g, i) => {
    const stepSize = adamStepSize(constants, 0.1, i + 1);
    adamStep(values, state, { constants, stepSize, gradient: Float64Array.of(g), gradientFactor: 1 });
  });
  assertEquals(state, { first: Float64Array.of(-0.75), second: Float64Array.of(1.1875) });
  const second = 0.1 * (-0.75 / (1 - 0.25)) / Math.sqrt(1.1875 / (1 - 0.5625));
  assertAlmostEquals(values[0], -0.1 - second, 1e-12);
});

Deno.test("adamStep() scales the gradient by its factor", () => {
  const state = moments(1);
  const gradient = Float64Array.of(8);
  const constants = { beta1: 0.9, beta2: 0.999, epsilon: 0.02 };
  adamStep(Float64Array.of(0), state, { constants, stepSize: 1, gradient, gradientFactor: 0.25 });
  assertAlmostEquals(state.first[0], 0.2, 1e-12);
  assertAlmostEquals(state.second[0], 0.004, 1e-12);
});

Deno.test("clipFactor() shortens long gradients only", () => {
  assertEquals(clipFactor(Float32Array.of(3, 4), 10), 1);
  assertEquals(clipFactor(Float32Array.of(3, 4), 1), 0.2);
  assertEquals(clipFactor(new Float32Array(4), 0.1), 1);
});

Deno.test("adamStepSize() tends to the learning rate", () => {
  assert(Math.abs(adamStepSize(LATENT_ADAM, 0.01, 1e5) / 0.01 - 1) < 1e-6);
});
