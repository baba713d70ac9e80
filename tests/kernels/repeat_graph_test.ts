/** Copies of a graph train as the graph alone does. */

import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { learnedCount } from "../../bitstream/defaults.ts";
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
  return { graph, groups, image, latents, pictures, parametersOf };
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
  const batch = repeatGraph(graph, 2, { planes: new Set(image) });
  const together = await createCpuExecutor(batch.graph, 2);
  const results = await finish(together, async () => {
    for (const [i, plane] of image.entries()) await together.writePlane(batch.planeOf(plane, 1), pictures[i]);
    const all = new Float32Array(batch.graph.parameterCount);
    for (const copy of [0, 1]) all.set(parametersOf(copy), batch.parameterOf(0, copy));
    await together.writeParameters(all);
    await together.train(STEPS);
    const trained = await together.readParameters();
    return await Promise.all([0, 1].map(async (copy) => ({
      parameters: trained.slice(batch.parameterOf(0, copy), batch.parameterOf(0, copy) + graph.parameterCount),
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

Deno.test("repeatGraph() lets copies share their first parameters, and keep the others to themselves", async () => {
  const { graph, groups, image, pictures, parametersOf } = training();
  const common = learnedCount(groups);
  const batch = repeatGraph(graph, 2, { planes: new Set(image), parameters: common });
  assertEquals(batch.graph.matrices.length, 2 * graph.matrices.length - matricesBelow(graph.matrices, common));
  assertEquals([0, 1].map((copy) => batch.parameterOf(common - 1, copy)), [common - 1, common - 1]);
  const own = [0, 1].map((copy) =>
    Float32Array.of(...parametersOf(1).slice(0, common), ...parametersOf(copy).slice(common))
  );
  const together = await createCpuExecutor(batch.graph, 1);
  const result = await finish(together, async () => {
    for (const [i, plane] of image.entries()) await together.writePlane(batch.planeOf(plane, 0), pictures[i]);
    const all = new Float32Array(batch.graph.parameterCount);
    for (const copy of [0, 1]) own[copy].forEach((value, i) => all[batch.parameterOf(i, copy)] = value);
    await together.writeParameters(all);
    const before = await together.evaluate(STEPS[0].scalars);
    await together.train(STEPS);
    return { before, trained: await together.readParameters(), all };
  });
  let squaredError = 0;
  for (const parameters of own) {
    const alone = await createCpuExecutor(graph, 1);
    await finish(alone, async () => {
      for (const [i, plane] of image.entries()) await alone.writePlane(plane, pictures[i]);
      await alone.writeParameters(parameters);
      squaredError += (await alone.evaluate(STEPS[0].scalars)).squaredError;
    });
  }
  assertAlmostEquals(result.before.squaredError, squaredError, 1e-4 * squaredError);
  const moved = (first: number, end: number) =>
    result.trained.subarray(first, end).filter((value, i) => value !== result.all[first + i]).length;
  assert(moved(0, common) > common / 2);
  const [one, other] = [0, 1].map((copy) => batch.parameterOf(common, copy));
  const length = graph.parameterCount - common;
  assert(moved(one, one + length) > length / 2 && moved(other, other + length) > length / 2);
});

/** Matrices that lie below a place in the parameter vector. */
function matricesBelow(matrices: readonly { offset: number }[], end: number): number {
  return matrices.filter(({ offset }) => offset < end).length;
}

Deno.test("repeatGraph() refuses to share a part of a matrix", () => {
  const { graph } = training();
  assertThrows(() => repeatGraph(graph, 2, { planes: new Set(), parameters: 3 }), RangeError, "within a matrix");
});

Deno.test("repeatGraph() refuses to share a plane with a gradient", () => {
  const { graph, latents } = training();
  assertThrows(() => repeatGraph(graph, 2, { planes: new Set([latents[0]]) }), RangeError, "has a gradient");
});
