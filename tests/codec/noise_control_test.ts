/** The noise of a training that hides values in it. */

import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { NoiseControl, type NoisySchedule } from "../../codec/noise_control.ts";
import { NOISE_SCALE_MAX, trainingStep } from "../../codec/schedule.ts";
import { INTERVAL, train } from "../../codec/train.ts";
import type { Executor } from "../../kernels/executor.ts";
import type { LossSums } from "../../kernels/graph.ts";
import { referenceTraining } from "./reference_training.ts";

const SCHEDULE = { iterations: 4000, lambda: 1e-3, seed: 1, channels: 3, pixels: 120 };
/** Losses of one interval, all of 100 bits. */
const NOISY: LossSums[] = Array.from({ length: INTERVAL }, () => ({ bits: 100, squaredError: 0 }));

/** A control whose rounded loss comes from a queue, and the looks that it has made. */
function controlled(rounded: number[], schedule: NoisySchedule = { ...SCHEDULE }) {
  const evaluate = () => Promise.resolve({ bits: rounded.shift()!, squaredError: 0 });
  const control = new NoiseControl({ evaluate } as unknown as Executor, schedule);
  return { control, schedule, left: () => rounded.length };
}

Deno.test("NoiseControl leaves the noise alone while rounding costs little", async () => {
  const { control, schedule, left } = controlled([60, 95, 104.9]);
  for (let done = 0; left() > 0; done += INTERVAL) await control.onInterval(done, done === 0 ? [] : NOISY);
  assertEquals(schedule.noiseScale, 1);
});

Deno.test("NoiseControl raises the noise by what rounding costs, and lowers it again", async () => {
  const { control, schedule } = controlled([125, 125, 95, 20]);
  const scales: number[] = [];
  for (const done of [40, 80, 120, 160]) {
    await control.onInterval(done, NOISY);
    scales.push(schedule.noiseScale!);
  }
  assertAlmostEquals(scales[0], Math.exp(2 * 0.2), 1e-12);
  assertEquals(scales[1], NOISE_SCALE_MAX);
  assertAlmostEquals(scales[2], NOISE_SCALE_MAX * Math.exp(-2 * 0.1), 1e-12);
  assertEquals(scales[3], 1);
});

Deno.test("NoiseControl looks a hundred times, at the mean of all losses since the last look", async () => {
  const { control, schedule, left } = controlled([130, 130]);
  await control.onInterval(20, NOISY);
  assertEquals([left(), schedule.noiseScale], [2, undefined]);
  await control.onInterval(40, NOISY.map(() => ({ bits: 160, squaredError: 0 })));
  assertEquals(left(), 1);
  assertAlmostEquals(schedule.noiseScale!, 1); // 130 of (100 + 160) / 2
  await control.onInterval(60, NOISY);
  assertEquals(left(), 1);
  await control.onInterval(80, NOISY);
  assertEquals(left(), 0);
  assert(schedule.noiseScale! > 1);
});

Deno.test("NoiseControl leaves the noise alone where there is no loss at all", async () => {
  const { control, schedule } = controlled([0]);
  await control.onInterval(40, NOISY.map(() => ({ bits: 0, squaredError: 0 })));
  assertEquals(schedule.noiseScale, 1);
});

Deno.test("trainingStep() scales the noise, and nothing else", () => {
  const [plain, louder] = [undefined, 1.5].map((noiseScale) => trainingStep(3000, { ...SCHEDULE, noiseScale }));
  assertEquals(louder.scalars.noise, 1.5 * plain.scalars.noise);
  assertEquals({ ...louder.scalars, noise: 0 }, { ...plain.scalars, noise: 0 });
});

Deno.test("train() tells every loss once, before each interval", async () => {
  const { executor } = await referenceTraining();
  const told: [number, LossSums[]][] = [];
  const all: LossSums[] = [];
  const trainBy = executor.train.bind(executor);
  executor.train = async (steps) => {
    const losses = await trainBy(steps);
    all.push(...losses);
    return losses;
  };
  const onInterval = (done: number, losses: readonly LossSums[]) => {
    told.push([done, [...losses]]);
    return Promise.resolve();
  };
  await train(executor, { ...SCHEDULE, iterations: 50 }, { onInterval });
  assertEquals(told.map(([done]) => done), [0, 20, 40]);
  assertEquals(told.flatMap(([, losses]) => losses), all.slice(0, 40));
});
