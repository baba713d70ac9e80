// deno-lint-ignore-file no-console -- a bench prints its tables
/**
 * CPU kernels: every program of a 768x512 picture, one thread, verified against the float64 reference on a small grid
 * before it is timed; then whole training iterations. Prints ns per site, GFLOP/s and the share of the measured peak.
 *
 * Run with `deno task bench`, or this file alone: `deno bench -A bench/kernels_bench.ts`.
 */

import { type Architecture, defaultTopLevel, type PresetName, PRESETS } from "../bitstream/architecture.ts";
import { initialParameters } from "../codec/initial_parameters.ts";
import { trainingStep } from "../codec/schedule.ts";
import { buildTrainingGraph, type TrainingGraph } from "../codec/training_graph.ts";
import { backwardReference } from "../kernels/reference/backward.ts";
import { forwardReference } from "../kernels/reference/forward.ts";
import { createCpuExecutor } from "../kernels/wasm/cpu_executor.ts";
import { randomSource } from "../tests/random.ts";
import { assertSumsAgree } from "../tests/kernels/compare.ts";
import { programCases, randomState, TEST_SCALARS } from "../tests/kernels/program_cases.ts";
import { runWasm } from "../tests/kernels/wasm_harness.ts";
import { flopsPerSite } from "./flops.ts";
import { machineName, table } from "./measure.ts";
import { measurePeakGflops } from "./peak.ts";
import { taskTimes } from "./task_times.ts";

const [WIDTH, HEIGHT] = [768, 512];

verifyPrograms();
const peak = measurePeakGflops();
console.log(`${machineName()}; peak of one thread: ${peak.toFixed(0)} GFLOP/s`);
for (const preset of Object.keys(PRESETS) as PresetName[]) printPrograms(preset);
for (const preset of Object.keys(PRESETS) as PresetName[]) benchIteration(preset);

/** Every program's parameter gradients against the reference: a wrong kernel is not timed. */
function verifyPrograms(): void {
  for (const { name, graph } of programCases([[37, 18]])) {
    const expected = randomState(graph, 7);
    forwardReference(graph.body[0], expected, TEST_SCALARS);
    backwardReference(graph.body[0], expected, TEST_SCALARS);
    const { dParameters } = runWasm(graph, randomState(graph, 7), TEST_SCALARS);
    assertSumsAgree(dParameters, expected.dParameters, { what: name });
  }
}

function trainingOf(arch: Architecture): TrainingGraph {
  const topLevel = defaultTopLevel(WIDTH, HEIGHT);
  return buildTrainingGraph(arch, { width: WIDTH, height: HEIGHT, channels: 3, topLevel });
}

function printPrograms(preset: PresetName): void {
  const { graph } = trainingOf(PRESETS[preset]);
  const rows = taskTimes(graph).map(({ calls, direction, milliseconds }) => {
    const sites = calls.reduce((sum, call) => sum + call.width * call.height, 0);
    const flops = calls.reduce((sum, call) => sum + call.width * call.height * flopsPerSite(call, direction), 0);
    const gflops = flops / (milliseconds * 1e6);
    return [
      `${preset} ${calls[0].program.name} ${direction}`,
      String(sites),
      milliseconds.toFixed(2),
      (milliseconds * 1e6 / sites).toFixed(1),
      flops > 0 ? gflops.toFixed(1) : "-",
      flops > 0 ? `${(100 * gflops / peak).toFixed(0)} %` : "-",
    ];
  });
  console.log(`\n${table(["program", "sites", "ms", "ns/site", "GFLOP/s", "of peak"], rows)}`);
}

/** A whole iteration: quantise, forward, backward, both optimisers. */
function benchIteration(preset: PresetName): void {
  const arch = PRESETS[preset];
  const training = trainingOf(arch);
  const shape = { width: WIDTH, height: HEIGHT, channels: 3, topLevel: defaultTopLevel(WIDTH, HEIGHT) };
  const schedule = { iterations: 1000, lambda: 1e-3, seed: 1, channels: 3, pixels: WIDTH * HEIGHT };
  for (const threads of new Set([1, navigator.hardwareConcurrency])) {
    const name = `${preset} iteration ${WIDTH}x${HEIGHT}, ${threads} threads, 5 iterations per call`;
    Deno.bench({ name, n: 8, warmup: 1 }, async (b) => {
      const executor = await createCpuExecutor(training.graph, threads);
      const random = randomSource(1);
      for (const plane of training.image) {
        await executor.writePlane(plane, Float32Array.from({ length: WIDTH * HEIGHT }, random));
      }
      const { groups } = training;
      await executor.writeParameters(initialParameters(arch, shape, { groups, seed: 1, mean: [0.5, 0.5, 0.5] }));
      const steps = Array.from({ length: 5 }, (_, i) => trainingStep(i, schedule));
      await executor.train(steps);
      b.start();
      await executor.train(steps);
      b.end();
      executor.close();
    });
  }
}
