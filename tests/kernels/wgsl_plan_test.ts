/** What the WGSL back-end plans on the host: no GPU needed. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { PRESETS } from "../../bitstream/architecture.ts";
import { buildTrainingGraph } from "../../codec/training_graph.ts";
import { GpuError } from "../../kernels/errors.ts";
import { repeatGraph } from "../../kernels/repeat_graph.ts";
import { planBlocks } from "../../kernels/wgsl/block_plan.ts";
import { writeKernels } from "../../kernels/wgsl/call_kernels.ts";
import { isSoftware } from "../../kernels/wgsl/device.ts";
import { LANES } from "../../kernels/wgsl/kernel.ts";
import { levelsOf } from "../../kernels/wgsl/levels.ts";
import { float } from "../../kernels/wgsl/library.ts";
import { planGpu } from "../../kernels/wgsl/plan.ts";
import { backwardTasks, forwardTasks, type Task } from "../../kernels/wgsl/tasks.ts";

const LARGE = 2 ** 31;

function graphOf(preset: keyof typeof PRESETS, width = 768, height = 512, topLevel = 6) {
  return buildTrainingGraph(PRESETS[preset], { width, height, channels: 3, topLevel }).graph;
}

Deno.test("planGpu() needs few dispatches and pipelines for a whole iteration", () => {
  for (const preset of ["lop", "mop", "hop"] as const) {
    const plan = planGpu(graphOf(preset), LARGE);
    assert(plan.train.length <= 40, `${plan.train.length} dispatches`);
    assert(plan.pipelines.length <= 25, `${plan.pipelines.length} pipelines`);
  }
});

Deno.test("planGpu() keeps to WebGPU's default limits for presets", () => {
  for (const [width, height, topLevel] of [[768, 512, 6], [4096, 2160, 8], [1, 1, 0], [9000, 1, 8]]) {
    const plan = planGpu(graphOf("hop", width, height, topLevel), LARGE);
    assert(plan.workgroupBytes <= 16384, `${plan.workgroupBytes} bytes of workgroup memory`);
    for (const { workgroups, table } of plan.train) {
      assert(workgroups >= 1 && workgroups <= 65535, `${workgroups} workgroups`);
      assert(table.byteLength <= 65536, `${table.byteLength} bytes of table`);
    }
  }
});

Deno.test("planGpu() runs the copies of a repeated graph with the same kernels", () => {
  const graph = graphOf("hop", 100, 70, 5);
  const plan = planGpu(graph, LARGE);
  const batch = planGpu(repeatGraph(graph, 5, { planes: new Set() }).graph, LARGE);
  assertEquals(batch.pipelines.length, plan.pipelines.length);
  assert(batch.train.length <= plan.train.length + 3, `${batch.train.length} dispatches, not ${plan.train.length}`);
});

Deno.test("planGpu() sums every parameter's gradient and both losses", () => {
  for (const preset of ["lop", "mop", "hop"] as const) {
    const graph = graphOf(preset, 100, 70, 5);
    const { targets } = planGpu(graph, LARGE).sums;
    assertEquals(targets.length, graph.parameterCount + 2);
    targets.forEach((runs, i) => assert(runs.length > 0, `nothing adds up to target ${i}`));
  }
});

Deno.test("planGpu() splits memory into buffers of the size allowed and refuses planes that are larger", () => {
  const graph = graphOf("lop");
  const { segments } = planGpu(graph, 8 << 20).memory;
  assert(segments.length > 5);
  assert(segments.every((floats) => 4 * floats <= 8 << 20));
  assertThrows(() => planGpu(graph, 1 << 20), GpuError, "this GPU binds at most 1048576");
});

function touches(task: Task): ReadonlySet<string> {
  return task.writes.union(task.adds);
}

Deno.test("levelsOf() keeps all tasks, puts none beside what it depends on, and readers after all writers", () => {
  const graph = graphOf("hop", 100, 70, 5);
  const kernels = writeKernels(graph, LARGE);
  const forward = forwardTasks([...graph.softQuantise, ...graph.body], kernels);
  const tasks = [...forward, ...backwardTasks([...graph.softQuantise, ...graph.body], graph, kernels)];
  const levels = levelsOf(tasks);
  assertEquals(new Set(levels.flat()), new Set(tasks));
  const depth = new Map(levels.flatMap((level, i) => level.map((task) => [task, i] as const)));
  tasks.forEach((later, i) => {
    for (const earlier of tasks.slice(0, i)) {
      assert(depth.get(later) !== depth.get(earlier) || touches(later).isDisjointFrom(touches(earlier)));
      if (!touches(earlier).isDisjointFrom(later.reads)) assert(depth.get(earlier)! < depth.get(later)!);
    }
  });
});

Deno.test("planBlocks() covers the matrix with the lanes of a workgroup", () => {
  for (const [rows, cols] of [[1, 1], [2, 5], [3, 27], [8, 8], [20, 20], [48, 7], [3, 48], [64, 56]]) {
    const plan = planBlocks(rows, cols);
    const { blocks, blocksAcross, blockRows, blockCols, lanesPerBlock, sites } = plan;
    assert(4 * blockCols * blocksAcross >= cols && 4 * blockRows * (blocks / blocksAcross) >= rows);
    assert(blocks * lanesPerBlock <= LANES && lanesPerBlock * sites === LANES);
    assertEquals(plan.stride % 2, 1);
  }
  assertThrows(() => planBlocks(200, 200), RangeError, "a layer of 200 x 200 weights is too large");
});

Deno.test("isSoftware() knows drivers that compute on the CPU by name or by flag", () => {
  const info = { vendor: "", architecture: "", device: "", description: "" };
  for (
    const description of ["llvmpipe (LLVM 15.0.6, 256 bits)", "SwiftShader Device", "Microsoft Basic Render Driver"]
  ) {
    assert(isSoftware({ ...info, description }));
  }
  assert(isSoftware({ ...info, description: "Some GPU", isFallbackAdapter: true }));
  for (
    const description of ["NVIDIA H200", "AMD Radeon RX 7900 XTX (RADV NAVI31)", "Apple M3", "Intel(R) Arc(tm) A770"]
  ) {
    assert(!isSoftware({ ...info, description, isFallbackAdapter: false }));
  }
});

Deno.test("float() writes literals that WGSL reads as f32", () => {
  assertEquals([0, 1, -2.5, 1e-8, 1e30].map(float), [
    "0.0f",
    "1.0f",
    "-2.5f",
    "9.99999993922529e-9f",
    "1.0000000150474662e+30f",
  ]);
});
