import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { PRESETS } from "../../bitstream/architecture.ts";
import { scaledTensors } from "../../bitstream/fixed_point.ts";
import { contextInput, evaluateArm, integerArm, predictedMu, predictedScale } from "../../bitstream/integer_arm.ts";
import { extractFeatures, integerIfce } from "../../bitstream/integer_ifce.ts";
import type { QuantisedModel } from "../../bitstream/quantised_model.ts";
import { randomInteger, randomSource } from "../random.ts";
import { randomModel } from "../random_model.ts";

const plausible = (seed: number) =>
  randomModel({ seed, architecture: PRESETS.hop, width: 40, height: 24, topLevel: 4, channels: 3 });

/** The same network in floating point. */
function floatArm(model: QuantisedModel, context: number[]): { mu: number; logScale: number } {
  const tensors = new Map([...scaledTensors(model)].map(([name, q]) => [name, [...q].map((value) => value / 256)]));
  const affine = (weight: string, x: number[], o: number) =>
    x.reduce((sum, value, i) => sum + tensors.get(weight)![o * x.length + i] * value, 0);
  let x = context;
  for (const l of [0, 1]) {
    const [input, weight, bias] = [x, `arm.${l}.weight`, tensors.get(`arm.${l}.bias`)!];
    x = input.map((value, o) => Math.max(affine(weight, input, o) + bias[o] + value, 0));
  }
  const [mu, raw] = [0, 1].map((o) =>
    affine("arm.out.weight", x, o) + tensors.get("arm.out.bias")![o] + affine("arm.stabiliser", context, o)
  );
  return { mu, logScale: Math.min(Math.max(raw - 2.5, -4), 3.875) };
}

Deno.test("evaluateArm() is near the float network, mu in Q6 and ln b in eighths", () => {
  const random = randomSource(4);
  for (let seed = 0; seed < 200; seed++) {
    const model = plausible(seed);
    const context = Array.from({ length: 20 }, () => randomInteger(random, -3, 3));
    const prediction = evaluateArm(integerArm(model), Int16Array.from(context, contextInput));
    const { mu, logScale } = floatArm(model, context);
    if (Math.abs(mu) > 100) continue; // hidden activations may have met their clamp at 128
    assertAlmostEquals(predictedMu(prediction) / 64, mu, 0.08);
    assertAlmostEquals(predictedScale(prediction) / 8 - 4, logScale, 0.14);
  }
});

Deno.test("evaluateArm() stays in range for contexts and weights at the ends of i16", () => {
  for (let seed = 0; seed < 50; seed++) {
    const arm = integerArm(randomModel({ seed, extreme: true }));
    const random = randomSource(seed);
    const context = Int16Array.from({ length: arm.inputs }, () => random() < 0.5 ? -32768 : 32767);
    const prediction = evaluateArm(arm, context);
    assert(Math.abs(predictedMu(prediction)) <= 8191);
    assert(predictedScale(prediction) >= 0 && predictedScale(prediction) <= 63);
  }
});

Deno.test("extractFeatures() reads the co-located latents of all coarser grids, and a window of the next one", () => {
  const model = plausible(11);
  const ifce = integerIfce(model, 1)!;
  assertEquals(ifce.inputs, [5, 4, 3, 2, 1, 0]);
  const { width, height, data } = extractFeatures(ifce, 1, model);
  assertEquals([width, height, data.length], [10, 6, 360]);
  const [y, x, f] = [5, 7, 2];
  const values = [
    model.grids[5][5 * 10 + 7],
    model.grids[4][5 * 10 + 7],
    model.grids[3][2 * 5 + 3],
    model.grids[2][2 * 5 + 3],
    model.grids[1][1 * 3 + 1],
    model.grids[0][1 * 3 + 1],
    ...[[4, 6], [4, 7], [4, 8], [5, 6], [5, 8]].map(([row, column]) => model.grids[5][row * 10 + column]),
    // Row 6 lies outside of the grid.
    ...[0, 0, 0],
  ];
  const sum = values.reduce((total, value, j) => total + ifce.weights[f * 14 + j] * value, ifce.biases[f]);
  assertEquals(data[(y * width + x) * 6 + f], (sum + 2) >> 2);
});
