/** Where the planes, parameters and tables of a graph lie in the shared memory. Addresses and sizes in bytes. */

import type { Graph, PlaneId } from "../graph.ts";
import type { Call } from "../graph.ts";
import { PAD } from "./emit_store.ts";
import { bindingWords, SCALAR, scratchLayout } from "./program_layout.ts";

/** One plane in memory: rows of `rowBytes`, with `PAD` floats before and at least as many after each row. */
export interface PlaneMemory {
  /** Address of value (0, 0). */
  readonly base: number;
  readonly rowBytes: number;
  /** Address of gradient (0, 0); 0 if the plane has none. */
  readonly gradient: number;
}

/** Memory of one trainable plane's Adam moments; laid out like the plane. */
export interface MomentMemory {
  readonly first: number;
  readonly second: number;
}

/** Private memory of one thread. */
export interface ThreadMemory {
  readonly scratch: number;
  /** A row that takes values no plane wants. */
  readonly trash: number;
}

/** The whole map. */
export interface MemoryMap {
  readonly planes: readonly PlaneMemory[];
  /** By index in `graph.latents`. */
  readonly moments: readonly MomentMemory[];
  readonly parameters: number;
  readonly priorCentre: number;
  readonly priorWeight: number;
  readonly priorFrozen: number;
  readonly scalars: number;
  readonly zeroRow: number;
  readonly threads: readonly ThreadMemory[];
  /** Address of the binding of each call. */
  readonly bindings: ReadonlyMap<Call, number>;
  /** Start of free memory for partial sums. */
  readonly partials: number;
}

/** Length of a plane's row in memory. */
export function rowBytes(width: number): number {
  return 4 * (8 * Math.ceil(width / 8) + 2 * PAD);
}

/** Bytes of a plane in memory, columns beside it included. */
function planeBytes({ width, height }: { width: number; height: number }): number {
  return rowBytes(width) * height;
}

/** Lays out everything but the partial sums, which the schedule adds at the end. */
export function mapMemory(graph: Graph, threads: number): MemoryMap {
  let next = 64; // Address 0 stays unused: it stands for "no gradient".
  const take = (bytes: number) => {
    const address = next;
    next += 64 * Math.ceil(bytes / 64);
    return address;
  };
  const planes = graph.planes.map((plane) => {
    const first = 4 * PAD;
    const base = first + take(planeBytes(plane));
    const gradient = plane.gradient ? first + take(planeBytes(plane)) : 0;
    return { base, rowBytes: rowBytes(plane.width), gradient };
  });
  const size = (latent: PlaneId) => planeBytes(graph.planes[latent]);
  const moments = graph.latents.map((latent) => ({ first: take(size(latent)), second: take(size(latent)) }));
  const [parameters, priorCentre, priorWeight, priorFrozen] = [0, 1, 2, 3].map(() => take(4 * graph.parameterCount));
  const scalars = take(SCALAR.bytes);
  const calls = [...graph.softQuantise, ...graph.hardQuantise, ...graph.body];
  const longestRow = Math.max(
    ...graph.planes.map((plane) => rowBytes(plane.width)),
    ...calls.map((c) => rowBytes(c.width)),
  );
  const row = () => 4 * PAD + take(longestRow + 128);
  const zeroRow = row();
  const scratchBytes = Math.max(...calls.map((call) => scratchLayout(call.program).bytes));
  const threadMemory = Array.from({ length: threads }, () => ({ scratch: take(scratchBytes), trash: row() }));
  const bindings = new Map(calls.map((call) => [call, take(4 * bindingWords(call.program))]));
  return {
    ...{ planes, moments, parameters, priorCentre, priorWeight, priorFrozen, scalars, zeroRow },
    ...{ threads: threadMemory, bindings, partials: next },
  };
}
