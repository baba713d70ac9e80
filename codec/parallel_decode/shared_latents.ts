/** Latents by several threads on one memory. The main thread has the file's streams; the others take their rows. */

import { BitstreamError } from "../../bitstream/errors.ts";
import type { NetworkParameters } from "../../bitstream/fixed_point.ts";
import { decodeStops } from "../../bitstream/latents.ts";
import type { RangeDecoder } from "../../bitstream/range_coder.ts";
import { CODER_BYTES } from "../fast_decode/emit_symbol.ts";
import { KernelStreams, streamBytes } from "../fast_decode/fast_latents.ts";
import { LatentKernel } from "../fast_decode/latent_kernel.ts";
import { sharedLatentMemory } from "../fast_decode/latent_regions.ts";
import { newProgress, SharedRows } from "./shared_rows.ts";

/** What a thread needs in order to decode its rows. */
export interface LatentTask {
  readonly network: NetworkParameters;
  readonly memory: WebAssembly.Memory;
  readonly progress: Int32Array<SharedArrayBuffer>;
  readonly streams: number;
  /** What the file and its streams take in the memory. */
  readonly extraBytes: number;
  readonly threads: number;
}

/** A file being read. */
export interface OpenFile {
  readonly bytes: Uint8Array;
  readonly coders: readonly RangeDecoder[];
  readonly network: NetworkParameters;
}

/**
 * Decodes all latents as thread 0 of `threads`. `start` is called once with the task for the others, who must begin at once.
 * Throws a `BitstreamError` if a stream is damaged, and an `Error` if another thread fails. The grids lie in shared memory.
 */
export function decodeSharedLatents(file: OpenFile, threads: number, start: (task: LatentTask) => void): Int16Array[] {
  const { bytes, coders, network: { architecture, shape, stepBits, parameters, defaults } } = file;
  const network = { architecture, shape, stepBits, parameters, defaults };
  const extraBytes = streamBytes(bytes, coders.length);
  const memory = sharedLatentMemory(network, extraBytes, threads);
  const progress = newProgress(architecture, shape);
  const task = { network, memory, progress, streams: coders.length, extraBytes, threads };
  const rows = new SharedRows(network, { ...task, thread: 0 });
  const kernel = new LatentKernel(network, extraBytes, rows);
  kernel.setTables(decodeStops(coders));
  const streams = new KernelStreams(kernel, bytes, coders);
  start(task);
  const grids = runRows(kernel, rows, coders.length);
  streams.close();
  return grids;
}

/** Decodes the rows of a thread other than 0; gives all grids when all threads have done theirs. */
export function joinSharedLatents(task: LatentTask, thread: number): Int16Array[] {
  const rows = new SharedRows(task.network, { ...task, thread });
  try {
    return runRows(new LatentKernel(task.network, task.extraBytes, rows), rows, task.streams);
  } catch (error) {
    rows.fail();
    throw error;
  }
}

function runRows(kernel: LatentKernel, rows: SharedRows, streams: number): Int16Array[] {
  const state = (y: number) => kernel.extra + (y % streams) * CODER_BYTES;
  const verify = (row: number, result: number) => {
    if (result !== 0) throw new BitstreamError(`Cannot read row ${row}: expected latents of 16 bits`, 0);
  };
  kernel.grids.forEach((_, g) => kernel.runGrid(g, "decodeRow", state, verify));
  const { width, height } = kernel.grids.at(-1)!;
  rows.waitFor(kernel.grids.length - 1, height - 1, width);
  return kernel.grids.map((_, g) => kernel.latents(g));
}
