/** What a GPU can do at most, measured: multiply-adds in registers and memory traffic. Kernels are held against it. */

import { GpuSession } from "../kernels/wgsl/gpu_session.ts";
import { requireAdapter } from "../kernels/wgsl/device.ts";
import { encodeDispatches, type PreparedDispatch } from "../kernels/wgsl/passes.ts";
import { createPipeline } from "../kernels/wgsl/pipelines.ts";

/** Peaks of a GPU. */
export interface GpuPeak {
  /** 1e9 operations per second, a multiply-add counting 2. */
  readonly gflops: number;
  /** 1e9 bytes per second, read plus written. */
  readonly gigabytes: number;
}

/** Independent chains per lane: more than latency times units. */
const CHAINS = 16;
const ROUNDS = 2048;
const LANES = 256;

const MULTIPLY_ADD = `
@group(0) @binding(0) var<storage, read_write> numbers: array<f32>;
@compute @workgroup_size(${LANES})
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let a = numbers[0] + 0.999;
  let b = numbers[1] + 0.001;
${Array.from({ length: CHAINS }, (_, i) => `  var x${i} = f32(id.x + ${i}u);`).join("\n")}
  for (var r = 0u; r < ${ROUNDS}u; r++) {
${Array.from({ length: CHAINS }, (_, i) => `    x${i} = x${i} * a + b;`).join("\n")}
  }
  numbers[id.x] = ${Array.from({ length: CHAINS }, (_, i) => `x${i}`).join(" + ")};
}
`;

const COPY = `
@group(0) @binding(0) var<storage, read_write> numbers: array<vec4<f32>>;
@compute @workgroup_size(${LANES})
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let half = arrayLength(&numbers) / 2u;
  for (var i = id.x; i < half; i += groups.x * ${LANES}u) { numbers[half + i] = numbers[i] + 1.0; }
}
`;

/** Measures the peaks of the GPU; `small` for software adapters. */
export async function measureGpuPeak({ small }: { small: boolean }): Promise<GpuPeak> {
  const bytes = small ? 1 << 24 : 1 << 29;
  const adapter = await requireAdapter({ allowSoftware: small });
  const needs = { storageBytes: bytes, uniformBytes: 16, workgroupBytes: 16, storageBuffers: 1, timestamps: false };
  const session = await GpuSession.open(adapter, needs);
  try {
    const groups = small ? 8 : 8192;
    const arithmetic = await secondsOf(session, { label: "multiply-add", code: MULTIPLY_ADD, bytes, groups });
    const copy = await secondsOf(session, { label: "copy", code: COPY, bytes, groups });
    return { gflops: 2e-9 * CHAINS * ROUNDS * LANES * groups / arithmetic, gigabytes: 1e-9 * bytes / copy };
  } finally {
    session.close();
  }
}

interface Work {
  readonly label: string;
  readonly code: string;
  readonly bytes: number;
  readonly groups: number;
}

/** Seconds of one dispatch: that of many in one submission, less that of few, over their difference in number. */
async function secondsOf(session: GpuSession, { label, code, bytes, groups }: Work): Promise<number> {
  const { pipeline, layout } = await createPipeline(session.device, { label, code, bindings: ["storage"] });
  const buffer = await session.createBuffer(label, bytes);
  const bindGroup = session.device.createBindGroup({ layout, entries: [{ binding: 0, resource: { buffer } }] });
  const run = async (count: number) => {
    const start = performance.now();
    const encoder = session.device.createCommandEncoder();
    const dispatches: PreparedDispatch[] = Array(count).fill({ label, pipeline, bindGroup, workgroups: groups });
    encodeDispatches(encoder.beginComputePass(), dispatches);
    session.device.queue.submit([encoder.finish()]);
    await session.read(buffer, 0, 1);
    return (performance.now() - start) / 1000;
  };
  await run(1);
  const once = await run(1);
  const count = Math.max(2, Math.min(400, Math.ceil(0.2 / once)));
  const [few, many] = [await run(count), await run(3 * count)];
  return Math.max(1e-9, many - few) / (2 * count);
}
