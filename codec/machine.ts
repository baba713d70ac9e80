/** What the machine offers to this codec. */

import { adapterName, findAdapter, isSoftware } from "../kernels/wgsl/device.ts";
import { createCpuExecutor } from "../kernels/wasm/cpu_executor.ts";
import { buildTrainingGraph } from "./training_graph.ts";
import { PRESETS } from "../bitstream/architecture.ts";
import { hasWasmSimd } from "./fast_decode/wasm_simd.ts";

/** A graphics adapter. */
export interface AdapterReport {
  /** What it calls itself. */
  readonly name: string;
  /** Computes on the CPU: `encode` leaves it alone. */
  readonly software: boolean;
}

/** What was found. */
export interface MachineReport {
  /** The one that WebGPU offers; undefined if there is none. */
  readonly adapter: AdapterReport | undefined;
  /** Cores as the system counts them. */
  readonly threads: number;
  /** WebAssembly SIMD: fast decoding and training on the CPU. */
  readonly wasmSimd: boolean;
  /** Whether memory can be shared between workers, and a small graph be started on them. */
  readonly cpuTraining: boolean;
}

/** Looks for a GPU, SIMD and threads. */
export async function inspectMachine(): Promise<MachineReport> {
  const adapter = await findAdapter({ allowSoftware: true });
  return {
    adapter: adapter && { name: adapterName(adapter.info), software: isSoftware(adapter.info) },
    threads: navigator.hardwareConcurrency,
    wasmSimd: hasWasmSimd(),
    cpuTraining: await canTrainOnCpu(),
  };
}

/** Starts the training graph of a few pixels. */
async function canTrainOnCpu(): Promise<boolean> {
  try {
    const { graph } = buildTrainingGraph(PRESETS.lop, { width: 4, height: 4, channels: 3, topLevel: 1 });
    const executor = await createCpuExecutor(graph, 1);
    executor.close();
    return true;
  } catch {
    return false;
  }
}
