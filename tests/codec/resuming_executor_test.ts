/** Training goes on when the GPU is lost. */

import { assertEquals, assertRejects } from "@std/assert";
import { PRESETS } from "../../bitstream/architecture.ts";
import { initialParameters } from "../../codec/initial_parameters.ts";
import { ResumingExecutor } from "../../codec/resuming_executor.ts";
import { evaluationScalars, trainingStep } from "../../codec/schedule.ts";
import { buildTrainingGraph } from "../../codec/training_graph.ts";
import { GpuError } from "../../kernels/errors.ts";
import type { Executor } from "../../kernels/executor.ts";
import { createCpuExecutor } from "../../kernels/wasm/cpu_executor.ts";

const SHAPE = { width: 16, height: 12, channels: 3, topLevel: 2 };
const TRAINING = buildTrainingGraph(PRESETS.lop, SHAPE);
const STEPS = Array.from(
  { length: 3 },
  (_, i) => trainingStep(i, { iterations: 100, lambda: 1e-3, seed: 1, channels: 3, pixels: 192 }),
);

/** The CPU executor, failing like a lost GPU at the first call of a method. */
async function failingAt(method: keyof Executor, error: Error): Promise<Executor> {
  return new Proxy(await createCpuExecutor(TRAINING.graph, 1), {
    get: (target, name) => {
      if (name === method) return () => Promise.reject(error);
      const member = Reflect.get(target, name);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
}

async function load(executor: Executor): Promise<void> {
  const { groups, image } = TRAINING;
  for (const plane of image) await executor.writePlane(plane, Float32Array.from({ length: 192 }, (_, i) => i / 192));
  await executor.writeParameters(initialParameters(PRESETS.lop, SHAPE, { groups, seed: 2, mean: [0.5, 0.5, 0.5] }));
}

Deno.test("ResumingExecutor goes on from its last copy when the GPU is lost", async () => {
  const failures: string[] = [];
  const resuming = new ResumingExecutor(TRAINING.graph, await failingAt("train", new GpuError("Device lost")), {
    fallback: () => createCpuExecutor(TRAINING.graph, 1),
    onFailure: ({ message }) => failures.push(message),
  });
  const plain = await createCpuExecutor(TRAINING.graph, 1);
  try {
    for (const executor of [resuming, plain]) await load(executor);
    assertEquals(await resuming.train(STEPS), await plain.train(STEPS));
    assertEquals(await resuming.readParameters(), await plain.readParameters());
    assertEquals(await resuming.readFactors(), await plain.readFactors());
    assertEquals(failures, ["Device lost"]);
  } finally {
    resuming.close();
    plain.close();
  }
});

Deno.test("ResumingExecutor passes on errors that are not the GPU's", async () => {
  const resuming = new ResumingExecutor(TRAINING.graph, await failingAt("train", new RangeError("Wrong")), {
    fallback: () => Promise.reject(new Error("not asked for")),
    onFailure: () => {
      throw new Error("not a GPU failure");
    },
  });
  try {
    await load(resuming);
    await assertRejects(() => resuming.train(STEPS), RangeError, "Wrong");
  } finally {
    resuming.close();
  }
});

Deno.test("ResumingExecutor has the planes of the last evaluation when the GPU is lost while they are read", async () => {
  const resuming = new ResumingExecutor(TRAINING.graph, await failingAt("readPlane", new GpuError("Device lost")), {
    fallback: () => createCpuExecutor(TRAINING.graph, 1),
    onFailure: () => {},
  });
  const plain = await createCpuExecutor(TRAINING.graph, 1);
  const scalars = evaluationScalars({ lambda: 1e-3, channels: 3 });
  const latents = Float32Array.from({ length: 192 }, (_, i) => i % 7);
  try {
    for (const executor of [resuming, plain]) {
      await load(executor);
      await executor.writePlane(TRAINING.latents.at(-1)!, latents);
      await executor.evaluate(scalars);
    }
    assertEquals(await resuming.readPlane(TRAINING.quantised.at(-1)!), latents);
    for (const plane of TRAINING.upsampled) assertEquals(await resuming.readPlane(plane), await plain.readPlane(plane));
  } finally {
    resuming.close();
    plain.close();
  }
});
