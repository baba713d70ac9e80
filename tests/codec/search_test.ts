/** Searches and bookkeeping after and around the training: prior, costs, best state, refinement. */

import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { PRESETS } from "../../bitstream/architecture.ts";
import { BestSoFar } from "../../codec/best_so_far.ts";
import { lossBits, networkBits } from "../../codec/model_cost.ts";
import { parameterGroupCostBits } from "../../codec/parameter_cost.ts";
import { priorAt } from "../../codec/parameter_prior.ts";
import { quantiseParameters } from "../../codec/quantise_parameters.ts";
import { refineParameters } from "../../codec/refine_parameters.ts";
import { evaluationScalars } from "../../codec/schedule.ts";
import { train } from "../../codec/train.ts";
import { buildTrainingGraph } from "../../codec/training_graph.ts";
import { referenceTraining, TINY_SHAPE } from "./reference_training.ts";

const OPTIONS = { iterations: 60, lambda: 1e-3, seed: 1, channels: 3, pixels: 120 };
const SCALARS = evaluationScalars(OPTIONS);

async function trained() {
  const { training, executor } = await referenceTraining();
  await train(executor, OPTIONS, {});
  return { training, executor, groups: training.groups };
}

Deno.test("priorAt() weighs a group by the slope of its Laplace code, the cheaper the wider it scatters", () => {
  const { groups, graph } = buildTrainingGraph(PRESETS.lop, TINY_SHAPE);
  const parameters = new Float32Array(graph.parameterCount).fill(0.5);
  parameters.fill(2, groups[1].offset, groups[1].offset + groups[1].length);
  const { centre, weight, frozen } = priorAt(groups, parameters, { frozen: 2 });
  assert(centre.every((value) => value === 0));
  assertAlmostEquals(weight[groups[0].offset], Math.LOG2E / (0.5 + 2 / 256), 1e-4);
  assertAlmostEquals(weight[groups[1].offset], Math.LOG2E / (2 + 2 / 256), 1e-4);
  groups.forEach(({ offset, length }, g) =>
    assert(frozen.subarray(offset, offset + length).every((value) => value === (g < 2 ? 1 : 0)))
  );
  const zero = priorAt(groups, new Float32Array(graph.parameterCount));
  assert(
    zero.weight.every((value) => Number.isFinite(value) && value > 0) && zero.frozen.every((value) => value === 0),
  );
});

Deno.test("networkBits() is the sum of the groups' costs on their grids", () => {
  const { groups, graph } = buildTrainingGraph(PRESETS.lop, TINY_SHAPE);
  const parameters = Float32Array.from({ length: graph.parameterCount }, (_, i) => Math.sin(i) / 2);
  const expected = groups.map(({ offset, length }) =>
    parameterGroupCostBits(Int32Array.from({ length }, (_, i) => Math.round(32 * parameters[offset + i])))
  );
  assertAlmostEquals(networkBits(groups, parameters, groups.map(() => 5)), expected.reduce((a, b) => a + b), 1e-9);
});

Deno.test("BestSoFar brings back the cheapest state, and leaves the last one alone if it is that", async () => {
  const { training, executor } = await trained();
  const best = new BestSoFar(executor, training);
  const [good, parameters] = [await executor.readPlane(training.latents[0]), await executor.readParameters()];
  await best.consider(5);
  await executor.writePlane(training.latents[0], good.map((value) => value + 1));
  await executor.writeParameters(parameters.map((value) => value / 2));
  await best.consider(NaN);
  await best.consider(7);
  await best.restore();
  assertEquals(await executor.readPlane(training.latents[0]), good);
  assertEquals(await executor.readParameters(), parameters);
  await executor.writeParameters(parameters.map((value) => value / 4));
  await best.consider(4);
  await best.restore();
  assertEquals(await executor.readParameters(), parameters.map((value) => value / 4));
});

Deno.test("refineParameters() saves what it says, within its budget, and leaves the executor with the result", async () => {
  const { executor, groups } = await trained();
  const quantised = await quantiseParameters(executor, groups, { scalars: SCALARS });
  // Something to mend: every bias a step off.
  const group = groups.at(-1)!;
  for (let i = group.offset; i < group.offset + group.length; i++) quantised.parameters[i] += 1;
  const floatsOf = () => {
    const floats = new Float32Array(quantised.parameters.length);
    groups.forEach(({ offset, length }, g) => {
      for (let i = offset; i < offset + length; i++) floats[i] = quantised.parameters[i] * 2 ** -quantised.stepBits[g];
    });
    return floats;
  };
  await executor.writeParameters(floatsOf());
  const cost = async () =>
    lossBits(await executor.evaluate(SCALARS), SCALARS) +
    networkBits(groups, await executor.readParameters(), quantised.stepBits);
  const before = await cost();
  let evaluations = 0;
  const counted = Object.assign(Object.create(executor), {
    evaluate: (scalars: typeof SCALARS) => {
      evaluations++;
      return executor.evaluate(scalars);
    },
  });
  const options = { scalars: SCALARS, evaluations: 150, seed: 3 };
  const saved = await refineParameters(counted, groups, quantised, options);
  assertEquals(evaluations, 150);
  assert(saved > 1, `saved ${saved}`);
  assertEquals(await executor.readParameters(), floatsOf());
  assertAlmostEquals(before - await cost(), saved, 1e-3);
});
