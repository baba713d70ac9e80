/** Copies planes between plain arrays and the padded rows of shared memory. */

import type { Plane } from "../graph.ts";
import { PAD } from "./emit_store.ts";
import type { PlaneMemory } from "./memory_map.ts";

/** Where a plane (or its gradient, with `base` set to it) lies. */
export interface PlaneView {
  readonly floats: Float32Array;
  readonly plane: Plane;
  readonly memory: Pick<PlaneMemory, "base" | "rowBytes">;
}

/** Reads a plane, `[height, width]`. */
export function readPlane(view: PlaneView): Float32Array {
  const { width, height } = view.plane;
  const values = new Float32Array(width * height);
  for (let y = 0; y < height; y++) values.set(row(view, y), y * width);
  return values;
}

/** Writes a plane and the columns beside it, for either kind of border. */
export function writePlane(view: PlaneView, values: ArrayLike<number>, replicate: boolean): void {
  const { width, height } = view.plane;
  if (values.length !== width * height) {
    throw new RangeError(`Cannot write plane: expected ${width * height} values, received ${values.length}`);
  }
  for (let y = 0; y < height; y++) {
    const target = row(view, y);
    for (let x = 0; x < width; x++) target[x] = values[y * width + x];
    if (replicate) fillColumns(view, y);
  }
}

function fillColumns({ floats, plane, memory }: PlaneView, y: number): void {
  const start = (memory.base + y * memory.rowBytes) / 4;
  const end = start + plane.width;
  floats.fill(floats[start], start - PAD, start);
  floats.fill(floats[end - 1], end, end + PAD);
}

function row({ floats, plane, memory }: PlaneView, y: number): Float32Array {
  const start = (memory.base + y * memory.rowBytes) / 4;
  return floats.subarray(start, start + plane.width);
}
