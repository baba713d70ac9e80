/** Where every array of a graph lies on the GPU: a heap of a few buffers, each within the device's limit for a binding. */

import { GpuError } from "../errors.ts";
import type { Call, Graph } from "../graph.ts";

/** An array of the heap. */
export interface Place {
  /** Number of the buffer. */
  readonly segment: number;
  /** First float in the buffer. */
  readonly offset: number;
}

/** A graph's arrays. */
export interface GraphMemory {
  /** By plane. */
  readonly values: readonly Place[];
  /** By plane; planes without a gradient share a place that is never written. */
  readonly gradients: readonly Place[];
  /** Rows of derivatives that a call leaves for other kernels. */
  readonly scratch: ReadonlyMap<Call, readonly Place[]>;
  /** All latents as one run of floats, and their gradients with the same inner offsets. */
  readonly latents: { readonly values: Place; readonly gradients: Place; readonly length: number };
  /** Floats of each buffer. */
  readonly segments: readonly number[];
}

/** What `planMemory` must know besides the graph. */
export interface MemoryNeeds {
  /** Scratch rows of each call, one float per site each. */
  readonly scratchRows: ReadonlyMap<Call, number>;
  /** Largest buffer a kernel can see. */
  readonly maxSegmentBytes: number;
}

/** Arrays begin at multiples of 128 bytes, a cache line of the GPUs at hand. */
const ALIGNMENT = 32;

/** Lays out a graph. Throws a `GpuError` if one array alone is larger than a buffer may be. */
export function planMemory(graph: Graph, { scratchRows, maxSegmentBytes }: MemoryNeeds): GraphMemory {
  const heap = new HeapPlanner(maxSegmentBytes);
  const latentOffsets = runningOffsets(graph.latents.map((plane) => planeLength(graph, plane)));
  const length = latentOffsets.at(-1)!;
  const latents = { values: heap.allocate(length), gradients: heap.allocate(length), length };
  const unused = heap.allocate(1);
  const place = (plane: number, block: Place, allocate: () => Place): Place => {
    const index = graph.latents.indexOf(plane);
    return index < 0 ? allocate() : { segment: block.segment, offset: block.offset + latentOffsets[index] };
  };
  const allocatePlane = (plane: number) => heap.allocate(planeLength(graph, plane));
  return {
    values: graph.planes.map((_, i) => place(i, latents.values, () => allocatePlane(i))),
    gradients: graph.planes.map((plane, i) =>
      plane.gradient ? place(i, latents.gradients, () => allocatePlane(i)) : unused
    ),
    scratch: new Map(
      [...scratchRows].map(([call, rows]) => [
        call,
        Array.from({ length: rows }, () => heap.allocate(call.width * call.height)),
      ]),
    ),
    latents,
    segments: heap.segments,
  };
}

function planeLength(graph: Graph, plane: number): number {
  return graph.planes[plane].width * graph.planes[plane].height;
}

/** Aligned offsets of arrays one behind the other, and the end of the last. */
function runningOffsets(lengths: readonly number[]): number[] {
  const offsets = [0];
  for (const length of lengths) offsets.push(offsets.at(-1)! + aligned(length));
  return offsets;
}

function aligned(length: number): number {
  return Math.ceil(length / ALIGNMENT) * ALIGNMENT;
}

class HeapPlanner {
  readonly segments: number[] = [];
  readonly #maxFloats: number;

  constructor(maxSegmentBytes: number) {
    this.#maxFloats = Math.floor(maxSegmentBytes / 4 / ALIGNMENT) * ALIGNMENT;
  }

  allocate(length: number): Place {
    const needed = aligned(length);
    if (needed > this.#maxFloats) {
      throw new GpuError(
        `Cannot lay out GPU memory: an array needs ${4 * needed} bytes, this GPU binds at most ${
          4 * this.#maxFloats
        }; ` +
          "use --device cpu",
      );
    }
    const last = this.segments.length - 1;
    if (last < 0 || this.segments[last] + needed > this.#maxFloats) return this.#open(needed);
    const place = { segment: last, offset: this.segments[last] };
    this.segments[last] += needed;
    return place;
  }

  #open(length: number): Place {
    return { segment: this.segments.push(length) - 1, offset: 0 };
  }
}
