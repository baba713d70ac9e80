/** Networks in training: quantised and frozen in time, their best state kept, and what happens if a training diverges. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { PRESETS } from "../../bitstream/architecture.ts";
import { encode } from "../../codec/encode.ts";
import { initialParameters } from "../../codec/initial_parameters.ts";
import { lossBits, networkBits } from "../../codec/model_cost.ts";
import { NetworkTraining } from "../../codec/network_training.ts";
import { evaluationScalars, frozenGroups } from "../../codec/schedule.ts";
import { DivergedError, train } from "../../codec/train.ts";
import { buildTrainingGraph } from "../../codec/training_graph.ts";
import type { ParameterPrior } from "../../kernels/parameter_optimiser.ts";
import { createCpuExecutor } from "../../kernels/wasm/cpu_executor.ts";
import { drawSample } from "../../samples/draw_sample.ts";

const SHAPE = { width: 24, height: 16, channels: 3, topLevel: 2 };
const SCHEDULE = { iterations: 800, lambda: 2e-3, seed: 1, channels: 3, pixels: 24 * 16 };

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
  const scalars = evaluationScalars(schedule);
  const cost = async () => {
    const loss = lossBits(await executor.evaluate(scalars), scalars);
    return loss + networkBits(groups, await executor.readParameters(), networks.stepBits);
  };
  const snapshots: Snapshot[] = [];
  const costs: number[] = [];
  await train(executor, schedule, {
    onInterval: async (iteration) => {
      await networks.onInterval(iteration);
      const frozen = networks.stepBits.length;
      snapshots.push({ iteration, frozen, parameters: await executor.readParameters() });
      if (frozen === groups.length) costs.push(await cost());
    },
  });
  await networks.finish();
  const parameters = await executor.readParameters();
  const last = { parameters, cost: await cost(), stepBits: networks.stepBits };
  executor.close();
  return { groups, priors, snapshots, costs, last };
}

/** The networks before an iteration. */
interface Snapshot {
  readonly iteration: number;
  readonly frozen: number;
  readonly parameters: Float32Array;
}

Deno.test("NetworkTraining freezes one group after the other, on its grid, and leaves the best state", async () => {
  const { groups, priors, snapshots, costs, last } = await trainSmall(SCHEDULE);
  const { iterations } = SCHEDULE;
  snapshots.forEach(({ iteration, frozen, parameters }, i) => {
    assertEquals(frozen, frozenGroups(iteration, iterations, groups.length));
    groups.forEach(({ offset, length }, g) => {
      const span = [offset, offset + length] as const;
      assert(priors[i].frozen.subarray(...span).every((value) => value === (g < frozen ? 1 : 0)));
      if (g < frozen) assertEquals(parameters.subarray(...span), last.parameters.subarray(...span));
    });
  });
  groups.forEach(({ offset, length }, g) => {
    const step = 2 ** -last.stepBits[g];
    for (const value of last.parameters.subarray(offset, offset + length)) {
      assertEquals(value, step * Math.round(value / step));
    }
  });
  assert(costs.length >= 2 && costs.every((value) => value >= last.cost - 1e-6), `${last.cost} of ${costs}`);
});

Deno.test("frozenGroups() goes from none to all", () => {
  const counts = Array.from({ length: 101 }, (_, done) => frozenGroups(done, 100, 15));
  assertEquals([counts[0], counts[80], counts[81], counts[90], counts[95], counts[100]], [0, 0, 1, 10, 15, 15]);
  assert(counts.every((count, i) => i === 0 || count >= counts[i - 1]));
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
