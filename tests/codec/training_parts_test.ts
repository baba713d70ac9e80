/** The steps between training and file: schedule, parameter quantisation, choice of the fixed point. */

import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { findTensor } from "../../bitstream/parameters.ts";
import { chooseFixedPoint } from "../../codec/choose_fixed_point.ts";
import { networkBits } from "../../codec/model_cost.ts";
import { quantiseParameters } from "../../codec/quantise_parameters.ts";
import { lossWeights, trainingStep } from "../../codec/schedule.ts";
import { DivergedError, train } from "../../codec/train.ts";
import type { Executor } from "../../kernels/executor.ts";
import { SMALL_DECODER } from "../small_decoder.ts";
import { referenceTraining } from "./reference_training.ts";

const OPTIONS = { iterations: 200, lambda: 1e-3, seed: 1, channels: 3, pixels: 120 };
const SCALARS = { temperature: 1, noise: 0, noiseKey: 0, ...lossWeights(OPTIONS) };

Deno.test("trainingStep() cools down, slows down, and draws new noise for every iteration", () => {
  const [first, late] = [0, OPTIONS.iterations - 1].map((i) => trainingStep(i, OPTIONS));
  assert(first.scalars.temperature > late.scalars.temperature && first.scalars.noise > late.scalars.noise);
  assert(first.latentRate > 500 * late.latentRate && first.parameterRate > 500 * late.parameterRate);
  const keys = new Set(Array.from({ length: 200 }, (_, i) => trainingStep(i, OPTIONS).scalars.noiseKey));
  assertEquals(keys.size, 200);
});

Deno.test("a long training starts as a short one and ends closer to rounding", () => {
  const [short, usual, medium, long] = [500, 1000, 2000, 10_000].map((iterations) => {
    const ends = [0, iterations].map((i) => trainingStep(i, { ...OPTIONS, iterations }).scalars);
    return ends.map(({ temperature, noise }) => ({ temperature, noise }));
  });
  assertEquals(short, usual);
  assertEquals(long[0], usual[0]);
  assertAlmostEquals(long[1].temperature, usual[1].temperature / Math.sqrt(10), 1e-12);
  assertAlmostEquals(medium[1].noise, usual[1].noise / Math.sqrt(2), 1e-12);
  assertEquals(long[1].noise, medium[1].noise);
});

Deno.test("bits are dear at first, and cost what they cost after a tenth of the iterations", () => {
  const weights = [0, 10, 19, 20, 199].map((i) => trainingStep(i, OPTIONS).scalars.rateWeight);
  assert(weights[0] > 2 && weights[0] > weights[1] && weights[1] > weights[2] && weights[2] > 1);
  assertEquals(weights.slice(3), [1, 1]);
});

Deno.test("quantiseParameters() leaves the executor with the very parameters it gives, at little loss", async () => {
  const { training, executor } = await referenceTraining();
  await train(executor, OPTIONS, {});
  const before = await executor.evaluate(SCALARS);
  const { stepBits, parameters } = await quantiseParameters(executor, training.groups, { scalars: SCALARS });
  const floats = await executor.readParameters();
  training.groups.forEach((group, g) => {
    assert(stepBits[g] >= 0 && stepBits[g] <= group.maxStepBits);
    for (let i = group.offset; i < group.offset + group.length; i++) {
      assertEquals(floats[i], parameters[i] * 2 ** -stepBits[g]);
    }
  });
  const after = await executor.evaluate(SCALARS);
  const cost = (loss: typeof after) => loss.bits + SCALARS.distortionWeight * loss.squaredError;
  // Every bit of loss is paid by a bit of parameters, which cost 9 bits each at full precision.
  assert(cost(after) < cost(before) + 9 * parameters.length, `${cost(before)} -> ${cost(after)}`);
});

Deno.test("quantiseParameters() keeps every parameter within what file and decoder hold", async () => {
  const { training: { groups }, executor } = await referenceTraining();
  const floats = await executor.readParameters();
  const weight = findTensor(groups, "synthesis.0.weight").offset;
  const bias = findTensor(groups, "synthesis.0.bias").offset;
  floats[weight] = 11;
  floats[weight + 1] = -1e6;
  floats[bias] = 40;
  await executor.writeParameters(floats);
  const { stepBits, parameters } = await quantiseParameters(executor, groups, { scalars: SCALARS });
  const quantised = await executor.readParameters();
  const group = groups.findIndex(({ name }) => name === "synthesis.0.weight");
  assertEquals(quantised[weight], parameters[weight] * 2 ** -stepBits[group]);
  assert(quantised[weight] < 8 && quantised[weight] > 6, `${quantised[weight]}`);
  assert(quantised[weight + 1] >= -8, `${quantised[weight + 1]}`);
  assert(parameters.every((value) => value >= -32768 && value <= 32767));
  assert(quantised[bias] > 7, `${quantised[bias]}`);
});

Deno.test("quantiseParameters() cancels errors, and takes coarser steps where a loss does not last", async () => {
  const { training: { groups }, executor } = await referenceTraining();
  await train(executor, OPTIONS, {});
  const trained = await executor.readParameters();
  const attempt = async (options: { lasting?: number; cancelling?: boolean }) => {
    await executor.writeParameters(trained);
    const { stepBits } = await quantiseParameters(executor, groups, { scalars: SCALARS, ...options });
    const { bits, squaredError } = await executor.evaluate(SCALARS);
    const network = networkBits(groups, await executor.readParameters(), stepBits);
    return { total: bits + SCALARS.distortionWeight * squaredError + network, network };
  };
  const [together, passing, alone] = [
    await attempt({}),
    await attempt({ lasting: 0.3 }),
    await attempt({ cancelling: false }),
  ];
  assert(together.total < alone.total, `${alone.total} -> ${together.total}`);
  assert(passing.network < together.network, `${together.network} -> ${passing.network}`);
});

Deno.test("chooseFixedPoint() keeps every value within 16 bits", async () => {
  const { training, executor } = await referenceTraining();
  await executor.writePlane(training.latents.at(-1)!, new Float32Array(120).fill(37));
  await executor.evaluate(SCALARS);
  const parameters = await executor.readParameters();
  const choose = () => chooseFixedPoint(executor, { arch: SMALL_DECODER, training, parameters });
  const { planeBits, layerBits } = await choose();
  const peak = Math.max(...(await executor.readPlane(training.upsampled[0])).map(Math.abs));
  assert(peak > 30 && peak * 2 ** planeBits < 32768 && peak * 2 ** (planeBits + 2) > 32768, `${peak} at ${planeBits}`);
  assertEquals(layerBits.length, SMALL_DECODER.synthesis.length - 1);
});

Deno.test("train() stops with an error when the loss is not finite any more", async () => {
  const { executor } = await referenceTraining();
  const broken: Executor = Object.assign(Object.create(executor), {
    train: (steps: readonly unknown[]) => Promise.resolve(steps.map(() => ({ bits: NaN, squaredError: 1 }))),
  });
  await assertRejects(() => train(broken, OPTIONS, {}), DivergedError, "not finite");
});
