// deno-lint-ignore-file no-console -- a bench prints its tables
/**
 * Training time and memory against picture size: ms per iteration, ns per pixel, memory of the graph, peak of the process.
 *
 * Run with `deno run -A bench/sizes.ts [PRESET] [THREADS]`. Largest size last: the peak is the process's so far.
 */

import { defaultTopLevel, type PresetName, PRESETS } from "../bitstream/architecture.ts";
import { initialParameters } from "../codec/initial_parameters.ts";
import { trainingStep } from "../codec/schedule.ts";
import { buildTrainingGraph } from "../codec/training_graph.ts";
import { createCpuExecutor } from "../kernels/wasm/cpu_executor.ts";
import { compileSchedule } from "../kernels/wasm/schedule.ts";
import { randomSource } from "../tests/random.ts";
import { machineName, table } from "./measure.ts";

const SIZES = [[256, 256], [768, 512], [765, 509], [767, 511], [1536, 1024], [4096, 2160]] as const;
/** Each size runs for about this long, and at least three calls. */
const SECONDS = 3;

const preset = (Deno.args[0] ?? "hop") as PresetName;
const threads = Number(Deno.args[1] ?? navigator.hardwareConcurrency);
const rows: string[][] = [];
for (const [width, height] of SIZES) rows.push(await measure(width, height));
console.log(`${machineName()}; ${preset}, ${threads} threads\n`);
const header = ["size", "first iteration ms", "ms/iteration", "ns/pixel", "training MB", "bytes/pixel", "peak MB"];
console.log(table(header, rows));

async function measure(width: number, height: number): Promise<string[]> {
  const shape = { width, height, channels: 3, topLevel: defaultTopLevel(width, height) };
  const pixels = width * height;
  const training = buildTrainingGraph(PRESETS[preset], shape);
  const megabytes = compileSchedule(training.graph, threads).pages / 16;
  const start = performance.now();
  const executor = await createCpuExecutor(training.graph, threads);
  const random = randomSource(1);
  for (const plane of training.image) await executor.writePlane(plane, Float32Array.from({ length: pixels }, random));
  const { groups } = training;
  const mean = [0.5, 0.5, 0.5];
  await executor.writeParameters(initialParameters(PRESETS[preset], shape, { groups, seed: 1, mean }));
  const schedule = { iterations: 1000, lambda: 1e-3, seed: 1, channels: 3, pixels };
  const step = trainingStep(0, schedule);
  await executor.train([step]);
  const first = performance.now() - start;
  const times: number[] = [];
  const count = Math.max(1, Math.round(1e5 / pixels));
  const end = performance.now() + 1000 * SECONDS;
  while (times.length < 4 || performance.now() < end) {
    const before = performance.now();
    await executor.train(Array.from({ length: count }, () => step));
    times.push((performance.now() - before) / count);
  }
  executor.close();
  const best = Math.min(...times.slice(1));
  const peak = Deno.memoryUsage().rss / 1e6;
  return [
    `${width}x${height}`,
    first.toFixed(0),
    best.toFixed(1),
    (1e6 * best / pixels).toFixed(0),
    megabytes.toFixed(0),
    (megabytes * 2 ** 20 / pixels).toFixed(0),
    peak.toFixed(0),
  ];
}
