/** Networks in training: quantised in time, their best state kept, and what happens if a training diverges. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { PRESETS } from "../../bitstream/architecture.ts";
import { encode } from "../../codec/encode.ts";
import { initialParameters } from "../../codec/initial_parameters.ts";
import { lossBits, networkBits } from "../../codec/model_cost.ts";
import { NetworkTraining } from "../../codec/network_training.ts";
import { evaluationScalars, unquantisedIterations } from "../../codec/schedule.ts";
import { DivergedError, train } from "../../codec/train.ts";
import { buildTrainingGraph } from "../../codec/training_graph.ts";
import type { ParameterPrior } from "../../kernels/parameter_optimiser.ts";
import { createCpuExecutor } from "../../kernels/wasm/cpu_executor.ts";
import { drawSample } from "../../samples/draw_sample.ts";

const SHAPE = { width: 24, height: 16, channels: 3, topLevel: 2 };
const SCHEDULE = { iterations: 300, lambda: 2e-3, seed: 1, channels: 3, pixels: 24 * 16 };

/** Trains, and gives the priors written on the way. */
async function trainSmall(schedule: typeof SCHEDULE & { lossScale?: number }) {
  const training = buildTrainingGraph(PRESETS.lop, SHAPE);
  const { groups } = training;
  const executor = await createCpuExecutor(training.graph, 1);
  const priors: ParameterPrior[] = [];
  const writePrior = executor.writePrior.bind(executor);
  executor.writePrior = (prior) => {
    priors.push(prior);
    return writePrior(prior);
  };
  for (const plane of training.image) {
    await executor.writePlane(plane, Float32Array.from({ length: SCHEDULE.pixels }, (_, i) => (i % 24) / 30));
  }
  await executor.writeParameters(initialParameters(PRESETS.lop, SHAPE, { groups, seed: 1, mean: [0.5, 0.5, 0.5] }));
  const networks = new NetworkTraining(executor, { training, schedule });
  const costs: number[] = [];
  const scalars = evaluationScalars(schedule);
  const steps = () => groups.map(({ offset }) => priors.at(-1)!.step[offset]);
  await train(executor, schedule, {
    onInterval: async (iteration) => {
      await networks.onInterval(iteration);
      if (iteration > unquantisedIterations(schedule.iterations)) {
        const loss = lossBits(await executor.evaluate(scalars), scalars);
        costs.push(
          loss + networkBits(groups, await executor.readParameters(), steps().map((step) => -Math.log2(step))),
        );
      }
    },
  });
  await networks.finish();
  const parameters = await executor.readParameters();
  const loss = lossBits(await executor.evaluate(scalars), scalars);
  const cost = loss + networkBits(groups, parameters, steps().map((step) => -Math.log2(step)));
  executor.close();
  return { groups, priors, parameters, cost, costs, steps: steps() };
}

Deno.test("NetworkTraining quantises after 80 % and leaves the best state, on its grid", async () => {
  const { groups, priors, parameters, cost, costs, steps } = await trainSmall(SCHEDULE);
  const quantisedAt = priors.findIndex(({ step }) => step.some((value) => value > 0));
  assertEquals(quantisedAt * 20, unquantisedIterations(SCHEDULE.iterations));
  groups.forEach(({ offset, length }, g) => {
    for (let i = offset; i < offset + length; i++) {
      assertEquals(parameters[i], steps[g] * Math.round(parameters[i] / steps[g]), `parameter ${i}`);
    }
  });
  assert(costs.length >= 2 && costs.every((value) => value >= cost - 1e-6), `${cost} of ${costs}`);
});

Deno.test("NetworkTraining scales the prior as the loss is scaled", async () => {
  const [plain, scaled] = [await trainSmall(SCHEDULE), await trainSmall({ ...SCHEDULE, lossScale: 4 })];
  plain.priors[0].weight.forEach((weight, i) => assertEquals(scaled.priors[0].weight[i], 4 * weight));
});

Deno.test("encode() starts a diverged training again from other seeds, and gives up after three", async () => {
  const warnings: string[] = [];
  const options = {
    ...{ device: "cpu", threads: 1, preset: "lop", iterations: 60, rateScale: 1e30 } as const,
    onWarning: (message: string) => warnings.push(message),
  };
  await assertRejects(() => encode(drawSample({ width: 24, height: 16 }), options), DivergedError, "not finite");
  assertEquals(warnings.length, 2);
  assert(warnings.every((message) => message.includes("another seed")));
});
