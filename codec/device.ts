/** Picks the device that trains. */

import { GpuError } from "../kernels/errors.ts";
import type { Executor } from "../kernels/executor.ts";
import type { Graph } from "../kernels/graph.ts";
import { createCpuExecutor } from "../kernels/wasm/cpu_executor.ts";
import { findAdapter } from "../kernels/wgsl/device.ts";
import { createGpuExecutor } from "../kernels/wgsl/gpu_executor.ts";
import { ResumingExecutor } from "./resuming_executor.ts";
import type { DeviceChoice } from "./options.ts";

/** The device asked for. */
export interface DeviceOptions {
  readonly device: DeviceChoice;
  /** CPU threads, 0: one per core. */
  readonly threads: number;
  /** Called once if `auto` had to leave the GPU. */
  readonly onWarning?: ((message: string) => void) | undefined;
}

/**
 * Starts a graph on the device asked for. "gpu" throws a `GpuError` where there is no GPU or it fails; "auto" takes a GPU if
 * there is a real one and goes on with the CPU if it fails, at the start or later.
 */
export async function createExecutor(graph: Graph, { device, threads, onWarning }: DeviceOptions): Promise<Executor> {
  const onCpu = () => createCpuExecutor(graph, threads);
  if (device === "cpu") return await onCpu();
  if (device === "gpu") return await createGpuExecutor(graph);
  if (!await findAdapter()) return await onCpu();
  const warn = (error: GpuError) => onWarning?.(`${error.message}; going on with the CPU`);
  try {
    return new ResumingExecutor(graph, await createGpuExecutor(graph), { fallback: onCpu, onFailure: warn });
  } catch (error) {
    if (!(error instanceof GpuError)) throw error;
    warn(error);
    return await onCpu();
  }
}
