/** Where the latents of one model, and what decoding them needs, lie in a WebAssembly memory that threads may share. */

import { type LatentGrid, latentGrids, levelSize } from "../../bitstream/architecture.ts";
import type { NetworkParameters } from "../../bitstream/fixed_point.ts";
import { type ArmLayout, armLayout } from "./arm_layout.ts";
import { CONTEXT_REACH } from "./context_plan.ts";
import { TABLE_BYTES } from "./emit_symbol.ts";
import { FeatureRows } from "./feature_rows.ts";
import { MemoryPlan } from "./memory_plan.ts";

/** Zeros on both sides of a context row: its reach, and what vector loads read beyond it. */
export const MARGIN_BYTES = 32;

/** A grid in the kernel's memory. */
export interface KernelGrid extends LatentGrid {
  /** Address of its latents, row-major i16. */
  readonly address: number;
}

/** Addresses that all threads use. */
export interface LatentRegions {
  readonly tables: number;
  /** The last rows of the grid that is being run, as context values; `ringStride` bytes each. */
  readonly ring: number;
  readonly ringRows: number;
  readonly ringStride: number;
  /** A row of zeros. */
  readonly zeros: number;
  readonly grids: readonly KernelGrid[];
  readonly extra: number;
  /** For each thread, what it alone uses. */
  readonly own: readonly ThreadRegions[];
}

/** Addresses that one thread uses. */
export interface ThreadRegions {
  readonly weights: number;
  readonly nonzero: number;
  readonly cache: number;
  readonly features: FeatureRows;
}

/** Lays out a memory; the same for all threads that say the same. */
export function planLatents(
  network: NetworkParameters,
  { layout, plan, extraBytes, threads }: { layout: ArmLayout; plan: MemoryPlan; extraBytes: number; threads: number },
): LatentRegions {
  const { architecture, shape } = network;
  const tables = plan.reserve(TABLE_BYTES);
  const ringStride = 2 * MARGIN_BYTES + 2 * Math.ceil(shape.width / 8) * 8;
  // Rows that are being run follow one another, one per thread; the first of them still reads the rows of its context.
  const ringRows = CONTEXT_REACH + threads;
  const [ring, zeros] = [plan.reserve(ringRows * ringStride), plan.reserve(ringStride)];
  const grids = latentGrids(architecture, shape).map((grid) => ({
    ...grid,
    address: plan.reserve(2 * grid.width * grid.height),
  }));
  const own = Array.from({ length: threads }, () => ({
    weights: plan.reserve(layout.bytes),
    nonzero: plan.reserve(2 * shape.width + 16),
    cache: plan.reserve(4 * levelSize(shape.width, 1)),
    features: new FeatureRows(network, layout, plan, grids),
  }));
  return { tables, ring, ringRows, ringStride, zeros, grids, extra: plan.reserve(extraBytes), own };
}

/** A memory for kernels of that many threads. */
export function sharedLatentMemory(
  network: NetworkParameters,
  extraBytes: number,
  threads: number,
): WebAssembly.Memory {
  const plan = new MemoryPlan();
  planLatents(network, { layout: armLayout(network.architecture), plan, extraBytes, threads });
  return plan.sharedMemory();
}
