/** Warm-up picks the candidate with the lowest loss, and long trainings get one. */

import { assert, assertEquals } from "@std/assert";
import { PRESETS } from "../../bitstream/architecture.ts";
import { initialParameters } from "../../codec/initial_parameters.ts";
import { trainingStep } from "../../codec/schedule.ts";
import { buildTrainingGraph } from "../../codec/training_graph.ts";
import { planWarmUp, warmUp } from "../../codec/warm_up.ts";
import type { Graph } from "../../kernels/graph.ts";
import { createCpuExecutor } from "../../kernels/wasm/cpu_executor.ts";

Deno.test("planWarmUp() spends a small share of a long training and nothing of a short one", () => {
  assertEquals(planWarmUp(100, 4), { candidates: 1, iterations: 0 });
  assertEquals(planWarmUp(10_000, 1), { candidates: 1, iterations: 0 });
  const { candidates, iterations } = planWarmUp(10_000, 4);
  assert(candidates === 4 && iterations > 0 && candidates * iterations < 2000);
});

Deno.test("warmUp() leaves the best candidate in the executor", async () => {
  const shape = { width: 24, height: 16, channels: 3, topLevel: 2 };
  const training = buildTrainingGraph(PRESETS.lop, shape);
  const schedule = { iterations: 100, lambda: 1e-3, seed: 1, channels: 3, pixels: 24 * 16 };
  const { scalars } = trainingStep(0, schedule);
  const executor = await createCpuExecutor(training.graph, 1);
  try {
    for (const plane of training.image) {
      await executor.writePlane(plane, Float32Array.from({ length: 24 * 16 }, (_, i) => (i % 24) / 30));
    }
    const moments: number[] = [];
    const parametersOf = (seed: number) => {
      const parameters = initialParameters(PRESETS.lop, shape, {
        groups: training.groups,
        seed,
        mean: [0.4, 0.4, 0.4],
      });
      // One candidate starts out of reach of a few iterations.
      return seed === 0 ? parameters.map((value) => 3 * value + 0.5) : parameters;
    };
    await warmUp(executor, {
      plan: { candidates: 3, iterations: 8 },
      schedule,
      training,
      parametersOf,
      createExecutor: (graph: Graph) => createCpuExecutor(graph, 1),
      onMoment: ({ iteration }) => moments.push(iteration),
    });
    const chosen = await executor.evaluate(scalars);
    const mse = chosen.squaredError * (256 / 255) ** 2 / (3 * schedule.pixels);
    assertEquals(moments, [24]);
    assert(-10 * Math.log10(mse) > 10, "the spoiled candidate won");
  } finally {
    executor.close();
  }
});

Deno.test("warmUp() passes over candidates that are not finite, whether they come first or last", async () => {
  // So large that candidates are trained one after the other: side by side one gradient norm spoils all of them.
  const shape = { width: 1100, height: 1000, channels: 1, topLevel: 1 };
  const training = buildTrainingGraph(PRESETS.lop, shape);
  const schedule = { iterations: 100, lambda: 1e-3, seed: 1, channels: 1, pixels: 1100 * 1000 };
  const executor = await createCpuExecutor(training.graph, 1);
  try {
    const fresh = initialParameters(PRESETS.lop, shape, { groups: training.groups, seed: 1, mean: [0.4] });
    await warmUp(executor, {
      plan: { candidates: 3, iterations: 1 },
      schedule,
      training,
      parametersOf: (candidate) => candidate === 1 ? fresh : fresh.map(() => NaN),
      createExecutor: (graph: Graph) => createCpuExecutor(graph, 1),
    });
    const parameters = await executor.readParameters();
    assert(parameters.every(Number.isFinite), "a candidate that is not finite won");
  } finally {
    executor.close();
  }
});
