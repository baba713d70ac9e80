/** Copies of a graph train as the graph alone does. */

import { assertEquals, assertThrows } from "@std/assert";
import { initialParameters } from "../../codec/initial_parameters.ts";
import { trainingStep } from "../../codec/schedule.ts";
import { buildTrainingGraph } from "../../codec/training_graph.ts";
import type { Executor } from "../../kernels/executor.ts";
import { repeatGraph } from "../../kernels/repeat_graph.ts";
import { createCpuExecutor } from "../../kernels/wasm/cpu_executor.ts";
import { randomSource } from "../random.ts";
import { SMALL_DECODER } from "../small_decoder.ts";

const SHAPE = { width: 21, height: 18, channels: 3, topLevel: 3 };
const SCHEDULE = { iterations: 100, lambda: 1e-3, seed: 4, channels: 3, pixels: 21 * 18 };

function training() {
  const { graph, groups, image, latents } = buildTrainingGraph(SMALL_DECODER, SHAPE);
  const random = randomSource(1);
  const pictures = image.map(() => Float32Array.from({ length: 21 * 18 }, random));
  const parametersOf = (seed: number) =>
    initialParameters(SMALL_DECODER, SHAPE, { groups, seed, mean: [0.5, 0.5, 0.5] });
  return { graph, image, latents, pictures, parametersOf };
}

/** Steps without noise: copies draw different noise. The gradient is not clipped: copies share one norm. */
const STEPS = Array.from({ length: 5 }, (_, i) => {
  const step = trainingStep(i, SCHEDULE);
  return { ...step, scalars: { ...step.scalars, noise: 0 }, clipNorm: Infinity };
});

async function finish<T>(executor: Executor, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    executor.close();
  }
}

Deno.test("repeatGraph() trains each copy as the graph alone would be", async () => {
  const { graph, image, latents, pictures, parametersOf } = training();
  const batch = repeatGraph(graph, 2, new Set(image));
  const together = await createCpuExecutor(batch.graph, 2);
  const results = await finish(together, async () => {
    for (const [i, plane] of image.entries()) await together.writePlane(batch.planeOf(plane, 1), pictures[i]);
    const all = new Float32Array(batch.graph.parameterCount);
    for (const copy of [0, 1]) all.set(parametersOf(copy), batch.parametersOf(copy));
    await together.writeParameters(all);
    await together.train(STEPS);
    const trained = await together.readParameters();
    return await Promise.all([0, 1].map(async (copy) => ({
      parameters: trained.slice(batch.parametersOf(copy), batch.parametersOf(copy) + graph.parameterCount),
      latent: await together.readPlane(batch.planeOf(latents.at(-1)!, copy)),
    })));
  });
  for (const copy of [0, 1]) {
    const alone = await createCpuExecutor(graph, 1);
    await finish(alone, async () => {
      for (const [i, plane] of image.entries()) await alone.writePlane(plane, pictures[i]);
      await alone.writeParameters(parametersOf(copy));
      await alone.train(STEPS);
      assertEquals(results[copy].parameters, await alone.readParameters());
      assertEquals(results[copy].latent, await alone.readPlane(latents.at(-1)!));
    });
  }
});

Deno.test("repeatGraph() refuses to share a plane with a gradient", () => {
  const { graph, latents } = training();
  assertThrows(() => repeatGraph(graph, 2, new Set([latents[0]])), RangeError, "has a gradient");
});
