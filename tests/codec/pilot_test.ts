/** What goes along with a training: its time limit, its checkpoints, its progress. */

import { assert, assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { PRESETS } from "../../bitstream/architecture.ts";
import type { QuantisedModel } from "../../bitstream/quantised_model.ts";
import { CheckpointError, readCheckpoint, writeCheckpoint } from "../../codec/checkpoint.ts";
import { encode } from "../../codec/encode.ts";
import type { FitSettings } from "../../codec/fit_image.ts";
import { type CheckpointStore, ENCODE_DEFAULTS, type EncodeOptions, type EncodeProgress } from "../../codec/options.ts";
import { Pilot } from "../../codec/pilot.ts";
import { TargetSearch } from "../../codec/target_search.ts";
import { TimeBudget } from "../../codec/time_budget.ts";
import { buildTrainingGraph } from "../../codec/training_graph.ts";
import { DivergedError } from "../../codec/train.ts";
import { TrainingProgress } from "../../codec/training_progress.ts";
import { ReferenceExecutor } from "../../kernels/reference/executor.ts";
import { drawSample } from "../../samples/draw_sample.ts";

const BUDGET = { deadline: 10_000, evaluation: 1, parameterGroups: 10, pixels: 1000, searches: false };

Deno.test("TimeBudget plans for the pace that it sees, and keeps time for what follows", () => {
  const budget = new TimeBudget(BUDGET);
  const planned = budget.iterationsLeft(0);
  assert(planned > 1000 && planned * 3.2 < 10_000 - budget.finishing, `${planned} iterations`);
  for (let i = 0; i < 20; i++) budget.observe(100, 1000);
  const slower = budget.iterationsLeft(0);
  assert(slower > 500 && slower < 1000, `${slower} iterations of 10 ms`);
  assertEquals(budget.iterationsLeft(9990), 0);
  assert(budget.allows(10, 0) && !budget.allows(1000, 0));
  assert(new TimeBudget({ ...BUDGET, searches: true }, 0).iterationsLeft(0) < 0.7 * planned);
});

Deno.test("TimeBudget keeps a third of the time for a search until the training has ended", () => {
  const budget = new TimeBudget({ ...BUDGET, searches: true }, 0);
  let now = 0;
  // Chunks of 20 iterations, planned anew after each one.
  while (budget.iterationsLeft(now) >= 20) {
    now += 20 * 10;
    budget.observe(20, 20 * 10);
  }
  assert(now > 4000 && now < 6500, `trained until ${now} of 10000 ms`);
  assert(budget.allows(100, now));
});

/** A pilot of a training of so many seconds, with an executor whose evaluations take no time. */
async function timedPilot(seconds: number, options: Partial<FitSettings> = {}) {
  const image = drawSample({ width: 16, height: 12 });
  const shape = { width: 16, height: 12, channels: 3, topLevel: 2 };
  const training = buildTrainingGraph(PRESETS.lop, shape);
  const executor = new ReferenceExecutor(training.graph);
  executor.evaluate = () => Promise.resolve({ bits: 0, squaredError: 0 });
  const settings = { ...ENCODE_DEFAULTS, iterations: 1, seconds, ...options };
  return await Pilot.begin({ image, shape, settings, executor, training, startedAt: performance.now() });
}

Deno.test("Pilot does not take the time of the warm-up for that of the first iterations", async () => {
  const pilot = await timedPilot(100);
  pilot.setWarmUp(1000);
  const start = performance.now();
  while (performance.now() - start < 200) { /* the warm-up */ }
  pilot.endWarmUp();
  await pilot.onMoment({ iteration: 4, iterationsPerSecond: 5000, bpp: 1, psnrDb: 30 });
  // 0.2 ms per iteration; counted as 4 iterations, the warm-up would leave about 20,000.
  assert(pilot.schedule.iterations > 60_000, `${pilot.schedule.iterations} iterations`);
});

const TARGET = { kind: "bytes", bytes: 150 } as const;

Deno.test("Pilot does not change lambda after the last iteration", async () => {
  const pilot = await timedPilot(100, { target: TARGET });
  const { lambda } = pilot.schedule;
  const moment = { iterationsPerSecond: 1, bpp: 1, psnrDb: 30 };
  pilot.schedule.iterations = 20;
  await pilot.onMoment({ iteration: 20, ...moment });
  assertEquals(pilot.schedule.lambda, lambda);
  pilot.schedule.iterations = 40;
  await pilot.onMoment({ iteration: 20, ...moment });
  assert(pilot.schedule.lambda !== lambda);
});

Deno.test("Pilot keeps the best file if a correction diverges", async () => {
  const pilot = await timedPilot(1000, { target: TARGET });
  const models = [{}, {}] as QuantisedModel[];
  const outcomes = [{ bytes: 120, psnrDb: 30 }, { bytes: 160, psnrDb: 31 }];
  let made = 0;
  let corrections = 0;
  const model = await pilot.land({
    train: () => ++corrections === 1 ? Promise.resolve() : Promise.reject(new DivergedError("not finite")),
    quantise: () => Promise.resolve(models[made]),
    measure: () => outcomes[made++],
  });
  assertEquals([corrections, made], [2, 2]);
  assert(model === models[0]);
});

Deno.test("Pilot passes on any other fault of a correction", async () => {
  const pilot = await timedPilot(1000, { target: TARGET });
  const landing = pilot.land({
    train: () => Promise.reject(new Error("another fault")),
    quantise: () => Promise.resolve({} as QuantisedModel),
    measure: () => ({ bytes: 120, psnrDb: 30 }),
  });
  await assertRejects(() => landing, Error, "another fault");
});

Deno.test("TargetSearch takes up its looks where a resumed training stands", () => {
  const search = new TargetSearch(TARGET, { pixels: 1000, parameters: 100 });
  assert(search.isDue(0.9));
  search.skipLooks(0.6);
  assert(!search.isDue(0.6) && search.isDue(0.65));
});

Deno.test("TargetSearch trusts a late first look as little as any late one", () => {
  const search = new TargetSearch(TARGET, { pixels: 1e6, parameters: 100 });
  const steered = search.steer(0.001, { bpp: 4, psnrDb: 40 }, 0.9);
  assertAlmostEquals(steered, 0.001 * 1.2, 1e-9);
});

Deno.test("encode() warns of a time that is enough for a few iterations only", async () => {
  const warnings: string[] = [];
  const options = { seconds: 1e-3, onWarning: (message: string) => void warnings.push(message) };
  await encode(IMAGE, { ...TIMED, ...options });
  assertEquals(warnings, ["the time is enough for 1 iterations only: the picture will be poor"]);
});

Deno.test("TrainingProgress counts all parts as one training, and its time from where this process began", () => {
  const moments: EncodeProgress[] = [];
  const progress = new TrainingProgress((moment) => moments.push(moment), 100);
  const start = performance.now();
  while (performance.now() - start < 20) { /* ten iterations */ }
  progress.report({ iteration: 60, iterationsPerSecond: 1, bpp: 0, psnrDb: 0 }, { before: 50, iterations: 200 });
  const [{ iteration, iterations, secondsLeft }] = moments;
  assertEquals([iteration, iterations], [110, 200]);
  // Ten iterations in 20 ms or a little more, 90 are left.
  assert(secondsLeft >= 0.18 && secondsLeft < 10, `${secondsLeft} s`);
});

const IMAGE = drawSample({ width: 32, height: 24 });
const TIMED: EncodeOptions = { preset: "lop", device: "cpu", threads: 1 };
const QUICK: EncodeOptions = { ...TIMED, iterations: 40 };

/** A store in memory that holds `bytes` and takes nothing. */
function storeOf(bytes: Uint8Array): CheckpointStore {
  return { everySeconds: 1e9, load: () => bytes, save: () => {} };
}

/** The checkpoint of a training, whole. */
async function trainedCheckpoint(options: EncodeOptions = QUICK): Promise<Uint8Array> {
  let bytes = new Uint8Array();
  await encode(IMAGE, { ...options, onTrained: (trained) => void (bytes = trained.slice()) });
  return bytes;
}

Deno.test("readCheckpoint() refuses damage anywhere", async () => {
  const bytes = await trainedCheckpoint();
  assertEquals(writeCheckpoint(readCheckpoint(bytes)), bytes);
  for (let i = 0; i < 400; i++) {
    assertThrows(() => readCheckpoint(bytes.with(i, bytes[i] ^ 1)), CheckpointError);
    assertThrows(() => readCheckpoint(bytes.slice(0, i)), CheckpointError);
  }
});

Deno.test("encode() refuses a checkpoint of a decoder of other sizes", async () => {
  const checkpoint = readCheckpoint(await trainedCheckpoint());
  const parameters = checkpoint.state.parameters.slice(1);
  const other = writeCheckpoint({ ...checkpoint, state: { ...checkpoint.state, parameters } });
  await assertRejects(() => encode(IMAGE, { ...QUICK, checkpoint: storeOf(other) }), CheckpointError, "of the sizes");
});

Deno.test("encode() refuses a checkpoint of the same samples in another size or depth", async () => {
  const checkpoint = storeOf(await trainedCheckpoint());
  for (const part of [{ width: 24, height: 32 }, { bitDepth: 10, data: Uint16Array.from(IMAGE.data) }]) {
    const other = () => encode({ ...IMAGE, ...part }, { ...QUICK, checkpoint });
    await assertRejects(other, CheckpointError, "found one of another picture");
  }
});

Deno.test("encode() refuses a checkpoint that took all the time, unless its training is done", async () => {
  const options: EncodeOptions = { ...TIMED, seconds: 1 };
  const checkpoint = readCheckpoint(await trainedCheckpoint(options));
  const position = { ...checkpoint.position, iterations: 100, seconds: 3600 };
  const at = (done: number) => storeOf(writeCheckpoint({ ...checkpoint, position: { ...position, done } }));
  await assertRejects(
    () => encode(IMAGE, { ...options, checkpoint: at(80) }),
    CheckpointError,
    "less than 1 s, found one of 3600 s, with 20 iterations to go",
  );
  await encode(IMAGE, { ...options, checkpoint: at(100) });
});

Deno.test("encode() goes on with the noise that a checkpoint had come to", async () => {
  const checkpoint = readCheckpoint(await trainedCheckpoint());
  const louder = writeCheckpoint({ ...checkpoint, position: { ...checkpoint.position, noiseScale: 1.5 } });
  const last = await trainedCheckpoint({ ...QUICK, checkpoint: storeOf(louder) });
  assertEquals(readCheckpoint(last).position.noiseScale, 1.5);
});

Deno.test("encode() starts anew, without the checkpoint, where that leads to nothing", async () => {
  const checkpoint = readCheckpoint(await trainedCheckpoint());
  const parameters = checkpoint.state.parameters.fill(NaN);
  const position = { ...checkpoint.position, done: 20 };
  const lost = writeCheckpoint({ ...checkpoint, position, state: { ...checkpoint.state, parameters } });
  const warnings: string[] = [];
  const { report } = await encode(IMAGE, {
    ...QUICK,
    checkpoint: storeOf(lost),
    onWarning: (message) => warnings.push(message),
  });
  assertEquals([warnings.length, report.iterations], [1, 40]);
  assert(warnings[0].endsWith("starting again with another seed"), warnings[0]);
  assert(report.psnrDb > 10, `${report.psnrDb} dB`);
});

Deno.test("encode() with a target gives one file, however fast the training is watched", async () => {
  const options: EncodeOptions = { ...QUICK, iterations: 120, target: { kind: "psnr", psnrDb: 24 } };
  const { bytes } = await encode(IMAGE, options);
  const dawdle = () => {
    const start = performance.now();
    while (performance.now() - start < 5) { /* a slow machine */ }
  };
  assertEquals((await encode(IMAGE, { ...options, onProgress: dawdle })).bytes, bytes);
});

Deno.test("encode() tells the progress of a search's corrections as iterations of the training", async () => {
  const moments: EncodeProgress[] = [];
  const { report } = await encode(IMAGE, {
    ...QUICK,
    target: { kind: "bytes", bytes: 320 },
    onProgress: (moment) => moments.push(moment),
  });
  assert(report.iterations > 40, "no correction was needed");
  const training = moments.filter(({ stage }) => stage === "training").map(({ iteration }) => iteration);
  assertEquals(training, training.toSorted((a, b) => a - b));
  assertAlmostEquals(training.at(-1)!, report.iterations, 1e-9);
});
