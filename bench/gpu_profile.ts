/**
 * The GPU back-end on this machine: kernels against the reference, iterations per second per preset, time per dispatch.
 *
 *     deno run -A bench/gpu_profile.ts [--size 768x512] [--presets lop,mop,hop] [--json FILE] [--software]
 *
 * `--software` also takes adapters that compute on the CPU, with fewer iterations. The picture is noise of seed 1.
 */

import { parseArgs } from "node:util";
import { type Architecture, defaultTopLevel, type PresetName, PRESETS } from "../bitstream/architecture.ts";
import { initialParameters } from "../codec/initial_parameters.ts";
import { trainingStep } from "../codec/schedule.ts";
import { buildTrainingGraph, type TrainingGraph } from "../codec/training_graph.ts";
import { quietVulkan } from "../cli/quiet_vulkan.ts";
import type { Executor, Step } from "../kernels/executor.ts";
import { backwardReference } from "../kernels/reference/backward.ts";
import { forwardReference } from "../kernels/reference/forward.ts";
import { adapterName, requireAdapter } from "../kernels/wgsl/device.ts";
import { createGpuExecutor } from "../kernels/wgsl/gpu_executor.ts";
import { createGpuTrainer } from "../kernels/wgsl/gpu_trainer.ts";
import { assertMapsAgree, assertSumsAgree } from "../tests/kernels/compare.ts";
import { programCases, randomState, TEST_SCALARS } from "../tests/kernels/program_cases.ts";
import { runWgsl } from "../tests/kernels/wgsl_harness.ts";
import { randomSource } from "../tests/random.ts";
import { flopsPerIteration } from "./flops.ts";
import { type GpuPeak, measureGpuPeak } from "./gpu_peak.ts";
import { table } from "./measure.ts";

/** One dispatch, or several of the same kernels, per iteration. */
interface KernelTime {
  readonly label: string;
  readonly dispatches: number;
  readonly microseconds: number;
}

/** What was measured for a preset. */
interface PresetResult {
  readonly preset: PresetName;
  /** From the graph to an executor that is ready; then the first iteration. */
  readonly startSeconds: number;
  readonly firstIterationSeconds: number;
  readonly iterationsPerSecond: number;
  readonly gflops: number;
  /** Sum over the dispatches of an iteration, from timestamps; none where the GPU has no timestamps. */
  readonly kernels: readonly KernelTime[];
}

interface Settings {
  readonly width: number;
  readonly height: number;
  readonly presets: readonly PresetName[];
  readonly json: string | undefined;
  readonly software: boolean;
}

async function main(): Promise<void> {
  quietVulkan();
  const settings = readArguments();
  const { width, height, software } = settings;
  const name = adapterName((await requireAdapter({ allowSoftware: software })).info);
  print(`${name}, Deno ${Deno.version.deno}, noise of ${width}x${height} pixels, seed 1`);
  await verifyPrograms(settings);
  const peak = await measureGpuPeak({ small: software });
  print(`measured peak: ${peak.gflops.toFixed(0)} GFLOP/s, ${peak.gigabytes.toFixed(0)} GB/s`);
  const results: PresetResult[] = [];
  for (const preset of settings.presets) {
    results.push(await measurePreset(preset, settings));
    printPreset(results.at(-1)!, peak);
  }
  const report = { device: name, deno: Deno.version.deno, width, height, peak, results };
  if (settings.json) Deno.writeTextFileSync(settings.json, `${JSON.stringify(report, null, 2)}\n`);
}

function readArguments(): Settings {
  const { values } = parseArgs({
    options: {
      size: { type: "string", default: "768x512" },
      presets: { type: "string", default: "lop,mop,hop" },
      json: { type: "string" },
      software: { type: "boolean", default: false },
    },
  });
  const size = /^(\d+)x(\d+)$/.exec(values.size);
  const presets = values.presets.split(",") as PresetName[];
  if (!size || !presets.every((preset) => Object.hasOwn(PRESETS, preset))) {
    throw new RangeError(`Cannot profile: expected --size WxH and --presets of ${Object.keys(PRESETS)}`);
  }
  return { width: +size[1], height: +size[2], presets, json: values.json, software: values.software };
}

/** Every program of the presets against the reference: a wrong kernel is not timed. */
async function verifyPrograms({ presets, software }: Settings): Promise<void> {
  const others = Object.keys(PRESETS).filter((preset) => !presets.includes(preset as PresetName));
  const cases = programCases(software ? [[37, 18]] : [[37, 18], [1, 6], [301, 203]])
    .filter(({ name }) => !others.some((preset) => name.includes(preset)));
  for (const { name, graph } of cases) {
    const [call] = graph.body;
    const expected = randomState(graph, 7);
    forwardReference(call, expected, TEST_SCALARS);
    backwardReference(call, expected, TEST_SCALARS);
    const { values, gradients, dParameters } = await runWgsl(graph, randomState(graph, 7), TEST_SCALARS);
    assertSumsAgree(dParameters, expected.dParameters, { what: name });
    graph.planes.forEach((plane, i) => {
      assertMapsAgree(values[i], expected.values[i], { what: `${name}, plane ${i}` });
      if (plane.gradient) assertMapsAgree(gradients[i], expected.gradients[i], { what: `${name}, gradient ${i}` });
    });
  }
  print(`${cases.length} programs agree with the float64 reference`);
}

async function measurePreset(preset: PresetName, settings: Settings): Promise<PresetResult> {
  const { width, height, software } = settings;
  const shape = { width, height, channels: 3, topLevel: defaultTopLevel(width, height) };
  const training = buildTrainingGraph(PRESETS[preset], shape);
  const [start, executor] = await timed(() => createGpuExecutor(training.graph, { allowSoftware: software }));
  try {
    await load(executor, { training, arch: PRESETS[preset], shape });
    const steps = (count: number) => stepsOf(count, settings);
    const [first] = await timed(() => executor.train(steps(1)));
    await executor.train(steps(software ? 2 : 100));
    const count = software ? 10 : 1000;
    const [seconds] = await timed(() => executor.train(steps(count)));
    return {
      preset,
      startSeconds: start,
      firstIterationSeconds: first,
      iterationsPerSecond: count / seconds,
      gflops: 1e-9 * flopsPerIteration(training.graph) * count / seconds,
      kernels: await kernelTimes(training, settings),
    };
  } finally {
    executor.close();
  }
}

async function load(
  executor: Executor,
  { training, arch, shape }: {
    training: TrainingGraph;
    arch: Architecture;
    shape: Parameters<typeof initialParameters>[1];
  },
): Promise<void> {
  const random = randomSource(1);
  const { groups } = training;
  for (const plane of training.image) {
    await executor.writePlane(plane, Float32Array.from({ length: shape.width * shape.height }, random));
  }
  await executor.writeParameters(initialParameters(arch, shape, { groups, seed: 1, mean: [0.5, 0.5, 0.5] }));
}

function stepsOf(count: number, { width, height }: Settings): Step[] {
  const schedule = { iterations: 10_000, lambda: 1e-3, seed: 1, channels: 3, pixels: width * height };
  return Array.from({ length: count }, (_, i) => trainingStep(i, schedule));
}

async function kernelTimes({ graph }: TrainingGraph, settings: Settings): Promise<KernelTime[]> {
  const trainer = await createGpuTrainer(graph, { allowSoftware: settings.software, profile: true });
  try {
    if (!trainer.profiler) return [];
    const count = settings.software ? 2 : 40;
    await trainer.train(stepsOf(count, settings));
    trainer.profiler.times.clear();
    await trainer.train(stepsOf(count, settings));
    return [...trainer.profiler.times].map(([label, { nanoseconds, dispatches }]) => ({
      label,
      dispatches: dispatches / count,
      microseconds: nanoseconds / 1000 / count,
    })).sort((a, b) => b.microseconds - a.microseconds);
  } finally {
    trainer.close();
  }
}

function printPreset(result: PresetResult, peak: GpuPeak): void {
  const { preset, startSeconds, firstIterationSeconds, iterationsPerSecond, gflops, kernels } = result;
  print(
    `\n${preset}: ${iterationsPerSecond.toFixed(1)} iterations/s, ${gflops.toFixed(0)} GFLOP/s, ` +
      `${(100 * gflops / peak.gflops).toFixed(1)} % of the peak; ready after ${startSeconds.toFixed(1)} s, ` +
      `first iteration ${firstIterationSeconds.toFixed(2)} s`,
  );
  const total = kernels.reduce((sum, { microseconds }) => sum + microseconds, 0);
  const rows = kernels.map(({ label, dispatches, microseconds }) => [
    label.length > 80 ? `${label.slice(0, 77)}...` : label,
    String(dispatches),
    microseconds.toFixed(1),
    `${(100 * microseconds / total).toFixed(1)} %`,
  ]);
  if (rows.length > 0) print(table(["dispatch", "per iteration", "us", "share"], rows));
}

async function timed<T>(work: () => Promise<T>): Promise<[seconds: number, result: T]> {
  const start = performance.now();
  const result = await work();
  return [(performance.now() - start) / 1000, result];
}

function print(line: string): void {
  // deno-lint-ignore no-console -- a bench prints its tables
  console.log(line);
}

if (import.meta.main) await main();
