/** SOAP's update by behaviour: the bases, the speed on a hard quadratic, odd gradients. */

import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { Eigenbasis, SOAP } from "../../kernels/eigenbasis.ts";
import { adamStep, adamStepSize, PARAMETER_ADAM } from "../../kernels/optimiser.ts";
import { SoapMatrix } from "../../kernels/soap.ts";
import { randomSource } from "../random.ts";
import { separatedGradients } from "./gradient_cases.ts";

function assertOrthonormal({ vectors, size }: Eigenbasis): void {
  for (let a = 0; a < size; a++) {
    for (let b = 0; b <= a; b++) {
      let product = 0;
      for (let k = 0; k < size; k++) product += vectors[a * size + k] * vectors[b * size + k];
      assertAlmostEquals(product, a === b ? 1 : 0, 1e-9, `vectors ${a} and ${b}`);
    }
  }
}

Deno.test("Eigenbasis stays orthonormal for gradients of full rank, of rank one and of zero", () => {
  const random = randomSource(1);
  const [size, length] = [9, 5];
  const column = Float64Array.from({ length: size }, random);
  const kinds = [
    () => Float64Array.from({ length: size * length }, () => random() - 0.5),
    () => Float64Array.from({ length: size * length }, (_, i) => column[Math.floor(i / length)]),
    () => new Float64Array(size * length),
    () => Float64Array.from({ length: size * length }, (_, i) => i < 2 * length ? 1e-9 * random() : 0),
  ];
  for (const gradient of kinds) {
    const basis = new Eigenbasis(size);
    for (let i = 0; i < 40; i++) {
      basis.observe(gradient(), length);
      basis.refresh();
      assertOrthonormal(basis);
      assertEquals([...basis.order].sort((a, b) => a - b), [...basis.order.keys()]);
    }
  }
});

Deno.test("Eigenbasis finds the eigenvectors of a mean with far-apart eigenvalues, the largest first", () => {
  const basis = new Eigenbasis(3);
  // Rows whose products have the eigenvectors (1, 1, 0), (1, -1, 0) and (0, 0, 1), eigenvalues 32, 2 and 9.
  basis.observe(Float64Array.of(4, 1, 0, 4, -1, 0, 0, 0, 3), 3);
  for (let i = 0; i < SOAP.firstRefreshes; i++) basis.refresh();
  const half = Math.SQRT1_2;
  [half, half, 0, 0, 0, 1, half, -half, 0].forEach((expected, i) => {
    const sign = Math.floor(i / 3) === 2 ? Math.sign(basis.vectors[6]) : 1;
    assertAlmostEquals(sign * basis.vectors[i], expected, 1e-4, `entry ${i}`);
  });
});

/** A quadratic of a 6x5 matrix whose sides mix strongly and whose curvatures differ by 10^6; gives its cost and gradient. */
function quadratic() {
  const [rows, cols] = [6, 5];
  const random = randomSource(8);
  const mixing = (size: number) => Float64Array.from({ length: size * size }, () => random() - 0.5);
  const [a, b] = [mixing(rows), mixing(cols)];
  const scaled = (r: number, c: number) => 10 ** (-3 * r / (rows - 1) - 3 * c / (cols - 1)) * 10;
  const images = Array.from({ length: rows * cols }, (_, i) => [Math.floor(i / cols), i % cols] as const);
  return (x: Float64Array) => {
    const gradient = new Float64Array(rows * cols);
    let cost = 0;
    for (const [p, q] of images) {
      let y = 0;
      for (const [r, c] of images) y += a[p * rows + r] * (x[r * cols + c] - 1) * b[q * cols + c];
      const weight = scaled(p, q);
      cost += 0.5 * weight * y * y;
      for (const [r, c] of images) gradient[r * cols + c] += weight * y * a[p * rows + r] * b[q * cols + c];
    }
    return { cost, gradient };
  };
}

Deno.test("SoapMatrix falls faster than Adam on an ill-conditioned quadratic with mixed sides", () => {
  const evaluate = quadratic();
  const start = evaluate(new Float64Array(30)).cost;
  const finish = (step: (x: Float64Array, gradient: Float64Array, count: number) => void): number => {
    const x = new Float64Array(30);
    for (let count = 1; count <= 400; count++) step(x, evaluate(x).gradient, count);
    return evaluate(x).cost / start;
  };
  const rate = 0.01;
  const matrix = new SoapMatrix({ offset: 0, rows: 6, cols: 5 });
  const soap = finish((x, gradient, count) => matrix.update(x, gradient, { rate, count, gradientFactor: 1 }));
  const moments = { first: new Float64Array(30), second: new Float64Array(30) };
  const adam = finish((x, gradient, count) => {
    const stepSize = adamStepSize(PARAMETER_ADAM, rate, count);
    adamStep(x, moments, { constants: PARAMETER_ADAM, stepSize, gradient, gradientFactor: 1 });
  });
  assert(soap < 0.5 * adam, `SOAP leaves ${soap} of the cost, Adam ${adam}`);
});

Deno.test("SoapMatrix keeps values without a gradient and all values at its first update", () => {
  const values = Float64Array.from({ length: 14 }, (_, i) => i);
  const matrix = new SoapMatrix({ offset: 1, rows: 3, cols: 4 });
  for (let count = 1; count <= 25; count++) {
    matrix.update(values, new Float64Array(14), { rate: 1, count, gradientFactor: 1 });
  }
  assertEquals(values, Float64Array.from({ length: 14 }, (_, i) => i));
  const fresh = new SoapMatrix({ offset: 1, rows: 3, cols: 4 });
  fresh.update(values, new Float64Array(14).fill(1), { rate: 1, count: 1, gradientFactor: 1 });
  assertEquals(values, Float64Array.from({ length: 14 }, (_, i) => i));
});

Deno.test("SoapMatrix moves along a gradient of rank one, by no more than Adam would", () => {
  const values = new Float64Array(12);
  const matrix = new SoapMatrix({ offset: 0, rows: 3, cols: 4 });
  const gradient = Float64Array.from({ length: 12 }, (_, i) => (1 + Math.floor(i / 4)) * (i % 4 - 1));
  const length = Math.hypot(...gradient);
  for (let count = 1; count <= 60; count++) matrix.update(values, gradient, { rate: 0.01, count, gradientFactor: 1 });
  const along = values.reduce((sum, value, i) => sum - value * gradient[i] / length, 0);
  assert(along > 0.3 && along < 0.7, `moved by ${along}`);
  values.forEach((value, i) => assertAlmostEquals(value, -along * gradient[i] / length, 1e-6));
});

Deno.test("SoapMatrix gives a side that is too large no basis: with both it is Adam", () => {
  const size = SOAP.largestFactor + 1;
  const [values, expected] = [new Float64Array(size * size), new Float64Array(size * size)];
  const moments = { first: new Float64Array(size * size), second: new Float64Array(size * size) };
  const matrix = new SoapMatrix({ offset: 0, rows: size, cols: size });
  const gradients = separatedGradients({ length: size * size, matrices: [], count: 12 });
  gradients.forEach((gradient, i) => {
    matrix.update(values, gradient, { rate: 0.01, count: i + 1, gradientFactor: 0.5 });
    if (i === 0) return; // SOAP skips the first update.
    const stepSize = adamStepSize(PARAMETER_ADAM, 0.01, i + 1);
    adamStep(expected, moments, { constants: PARAMETER_ADAM, stepSize, gradient, gradientFactor: 0.5 });
  });
  values.forEach((value, i) => assertAlmostEquals(value, expected[i], 1e-12));
});
