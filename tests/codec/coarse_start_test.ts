/** The coarse start: what a decoder and that of the half picture have in common, and what is left behind. */

import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import fc from "fast-check";
import { type Architecture, type ImageShape, latentGrids, PRESETS } from "../../bitstream/architecture.ts";
import { findTensor, parameterCount, parameterGroups } from "../../bitstream/parameters.ts";
import { coarseStart, halfSize, NOWHERE, placesInWhole, planCoarseStart } from "../../codec/coarse_start.ts";
import { initialParameters } from "../../codec/initial_parameters.ts";
import { Random } from "../../codec/random.ts";
import { evaluationScalars } from "../../codec/schedule.ts";
import { buildTrainingGraph } from "../../codec/training_graph.ts";
import type { Executor } from "../../kernels/executor.ts";
import type { Graph } from "../../kernels/graph.ts";
import { createCpuExecutor } from "../../kernels/wasm/cpu_executor.ts";
import { randomModel } from "../random_model.ts";

/** Odd on both sides at every level down to the third. */
const SHAPE: ImageShape = { width: 149, height: 131, channels: 3, topLevel: 4 };
const SCALARS = evaluationScalars({ lambda: 1e-3, channels: 3 });

/** The whole decoder and the half one with the same parameters, both with the same flat picture. */
async function pair(arch: Architecture) {
  const half = halfSize(arch, SHAPE)!;
  const whole = await flatPicture(arch, SHAPE);
  const small = await flatPicture(half.architecture, half.shape);
  const random = new Random(5);
  const values = initialParameters(arch, SHAPE, { groups: whole.training.groups, seed: 3, mean: [0.2, 0.5, 0.7] })
    .map((value) => value + 0.01 * random.normal());
  for (const layer of arch.synthesis.keys()) {
    if (arch.synthesis[layer].kernel === 3) {
      clear(values, findTensor(whole.training.groups, `synthesis.${layer}.weight`));
    }
  }
  const places = placesInWhole(small.training.groups, whole.training.groups, half.architecture);
  await whole.executor.writeParameters(values);
  await small.executor.writeParameters(
    Float32Array.from(places, (place) => place === NOWHERE ? 0 : values[place]),
  );
  return { whole, small, values, places, half };
}

function clear(values: Float32Array, { offset, rows, cols }: { offset: number; rows: number; cols: number }) {
  values.fill(0, offset, offset + rows * cols);
}

async function flatPicture(arch: Architecture, shape: ImageShape) {
  const training = buildTrainingGraph(arch, shape);
  const executor = await createCpuExecutor(training.graph, 1);
  for (const plane of training.image) {
    await executor.writePlane(plane, new Float32Array(shape.width * shape.height).fill(0.4));
  }
  return { training, executor };
}

/** Makes executors and counts those that are not closed yet. */
function watchedExecutors() {
  const watched = {
    opened: 0,
    open: 0,
    create: async (graph: Graph): Promise<Executor> => {
      const executor = await createCpuExecutor(graph, 1);
      const close = executor.close.bind(executor);
      executor.close = () => {
        watched.open--;
        close();
      };
      watched.opened++;
      watched.open++;
      return executor;
    },
  };
  return watched;
}

type Side = Awaited<ReturnType<typeof flatPicture>>;

/** All planes of that name, one after the other. */
async function planesNamed({ training, executor }: Side, name: string): Promise<Float32Array[]> {
  const found: Float32Array[] = [];
  for (const [id, plane] of training.graph.planes.entries()) {
    if (plane.name === name) found.push(await executor.readPlane(id));
  }
  assert(found.length > 0, name);
  return found;
}

for (const preset of ["lop", "hop"] as const) {
  Deno.test(`coarse start of ${preset}: levels, features and filters of half the picture are those of the next coarser level`, async () => {
    const { whole, small } = await pair(PRESETS[preset]);
    try {
      const random = new Random(9);
      for (const [i, plane] of small.training.latents.entries()) {
        const { width, height } = small.training.graph.planes[plane];
        const latents = Float32Array.from({ length: width * height }, () => Math.round(2 * random.normal()));
        await small.executor.writePlane(plane, latents);
        await whole.executor.writePlane(whole.training.latents[i], latents);
      }
      await small.executor.evaluate(SCALARS);
      await whole.executor.evaluate(SCALARS);
      for (const name of ["upsampled", "filtered", "feature"]) {
        for (let level = 0; level < 2; level++) {
          const suffix = name === "feature" ? ".1" : "";
          assertEquals(
            await planesNamed(small, `${name}${level}${suffix}`),
            await planesNamed(whole, `${name}${level + 1}${suffix}`),
          );
        }
      }
    } finally {
      whole.executor.close();
      small.executor.close();
    }
  });

  Deno.test(`coarse start of ${preset}: flat grids give the same colour at both sizes`, async () => {
    const { whole, small, values } = await pair(PRESETS[preset]);
    try {
      // Filters that keep a plane flat up to its border, and taps that double level 1 as it is.
      clear(values, findTensor(whole.training.groups, "upsampling.prefilter"));
      const { offset, rows, cols } = findTensor(whole.training.groups, "upsampling.taps");
      values.set([0, 0, 0, 1], offset + (rows - 1) * cols);
      await whole.executor.writeParameters(values);
      const half = await small.executor.readParameters();
      clear(half, findTensor(small.training.groups, "upsampling.prefilter"));
      await small.executor.writeParameters(half);
      for (const [i, plane] of small.training.latents.entries()) {
        for (const [side, target] of [[small, plane], [whole, whole.training.latents[i]]] as const) {
          const { width, height } = side.training.graph.planes[target];
          await side.executor.writePlane(target, new Float32Array(width * height).fill(i % 5 - 2));
        }
      }
      const error = async ({ executor }: Side, { width, height }: ImageShape) =>
        (await executor.evaluate(SCALARS)).squaredError / (width * height);
      const expected = await error(whole, SHAPE);
      assertAlmostEquals(await error(small, halfSize(PRESETS[preset], SHAPE)!.shape) / expected, 1, 1e-5);
    } finally {
      whole.executor.close();
      small.executor.close();
    }
  });
}

Deno.test("coarseStart() trains all but level 0 and the filters at the end, at a lower loss than a fresh start", async () => {
  const { whole, small, half, values: fresh, places } = await pair(PRESETS.mop);
  const { training, executor } = whole;
  try {
    for (const [c, plane] of training.image.entries()) {
      await executor.writePlane(
        plane,
        Float32Array.from(
          { length: 149 * 131 },
          (_, i) => 0.5 + 0.3 * Math.sin((i % 149) / 30 + c) * Math.cos(i / 4000),
        ),
      );
    }
    const before = await executor.evaluate(SCALARS);
    const schedule = { iterations: 100, lambda: 1e-3, seed: 1, channels: 3, pixels: 149 * 131 };
    const moments: number[] = [];
    const watched = watchedExecutors();
    await coarseStart(executor, {
      ...{ half, iterations: 15, schedule, training, fresh },
      createExecutor: watched.create,
      onMoment: ({ iteration }) => moments.push(iteration),
    });
    assertEquals([moments, watched.opened, watched.open], [[5, 10, 15], 1, 0]);
    const after = await executor.evaluate(SCALARS);
    assert(after.squaredError < before.squaredError / 3, `${before.squaredError} -> ${after.squaredError}`);
    const grids = latentGrids(PRESETS.mop, SHAPE);
    for (const [i, plane] of training.latents.entries()) {
      const latents = await executor.readPlane(plane);
      assertEquals(latents.some((value) => value !== 0), grids[i].level > 0);
    }
    const learned = await executor.readParameters();
    const taken = new Set(places);
    const moved = learned.reduce((count, value, i) => count + Number(taken.has(i) && value !== fresh[i]), 0);
    assert(moved > 0.9 * places.filter((place) => place !== NOWHERE).length);
    learned.forEach((value, i) => assert(taken.has(i) || value === fresh[i], `parameter ${i} moved`));
  } finally {
    executor.close();
    small.executor.close();
  }
});

Deno.test("coarseStart() can be aborted, and closes what it opened", async () => {
  const { whole, small, half, values: fresh } = await pair(PRESETS.lop);
  const reason = new Error("enough");
  const watched = watchedExecutors();
  const schedule = { iterations: 100, lambda: 1e-3, seed: 1, channels: 3, pixels: 149 * 131 };
  try {
    const { training, executor } = whole;
    const run = coarseStart(executor, {
      ...{ half, iterations: 10, schedule, training, fresh, createExecutor: watched.create },
      signal: AbortSignal.abort(reason),
    });
    assertEquals(await run.catch((error) => error), reason);
    assertEquals([watched.opened, watched.open], [1, 0]);
  } finally {
    whole.executor.close();
    small.executor.close();
  }
});

Deno.test("halfSize() loses level 0, and refuses small pictures and decoders that need it", () => {
  const half = halfSize(PRESETS.hop, SHAPE)!;
  assertEquals(half.shape, { width: 75, height: 66, channels: 3, topLevel: 3 });
  const sizes = (arch: Architecture, shape: ImageShape) =>
    latentGrids(arch, shape).map(({ level: _, ...size }) => size);
  assertEquals(sizes(half.architecture, half.shape), sizes(PRESETS.hop, SHAPE).slice(0, -1));
  assertEquals(halfSize(PRESETS.hop, { ...SHAPE, height: 127 }), undefined);
  assertEquals(halfSize(PRESETS.hop, { ...SHAPE, topLevel: 1 }), undefined);
  assertEquals(halfSize({ ...PRESETS.hop, hyperFirstLevel: 0 }, SHAPE), undefined);
  assertEquals(halfSize({ ...PRESETS.hop, ifceLevels: 0 }, SHAPE)?.architecture.ifceLevels, 0);
});

Deno.test("every parameter of half a decoder has a place of its own in the whole one, or none, whatever the architecture", () => {
  let halves = 0;
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 2, max: 7 }), (seed, topLevel) => {
      const { architecture } = randomModel({ seed });
      const shape = { ...SHAPE, topLevel };
      const half = halfSize(architecture, shape);
      if (!half) return;
      halves++;
      const whole = parameterGroups(architecture, shape);
      const own = parameterGroups(half.architecture, half.shape);
      const places = [...placesInWhole(own, whole, half.architecture)];
      assertEquals(places.length, parameterCount(own));
      const found = places.filter((place) => place !== NOWHERE);
      assertEquals(new Set(found).size, found.length);
      const last = parameterCount(whole) - 1;
      assert(found.every((place) => place >= 0 && place <= last));
      // The last bias of the synthesis is in both.
      assertEquals(places.at(-1), last);
    }),
    { numRuns: 100 },
  );
  assert(halves > 20);
});

Deno.test("planCoarseStart() takes a tenth of a training up to a limit, and nothing of a very short or long one", () => {
  assertEquals([99, 100, 2000, 2010, 5000, 5001, 10_000].map(planCoarseStart), [0, 10, 200, 200, 200, 0, 0]);
});
