/** One site of a call: where its taps read, where its stores write, and the values of its operations. */

import type { Call } from "../graph.ts";
import { gaussian } from "../noise.ts";
import type { GatherOp, LinearOp, Op, Scalars, StoreOp, Tap } from "../program.ts";
import { softround } from "./functions.ts";
import type { ReferenceState } from "./state.ts";

/** A call at one of its sites. */
export interface Site {
  readonly call: Call;
  readonly y: number;
  readonly x: number;
}

/** Where a tap reads: an index into its plane, or -1 where it reads a constant 0. */
export function tapIndex({ call, y, x }: Site, state: ReferenceState, tap: Tap): number {
  if (tap.plane < 0) return -1;
  const { width, height } = state.planes[call.planes[tap.plane]];
  const row = (y >> tap.shift) + tap.dy;
  const column = (x >> tap.shift) + tap.dx;
  const clampedRow = Math.min(Math.max(row, 0), height - 1);
  const clampedColumn = Math.min(Math.max(column, 0), width - 1);
  const outside = row !== clampedRow || column !== clampedColumn;
  if (outside && call.program.planes[tap.plane].border === "zero") return -1;
  return clampedRow * width + clampedColumn;
}

/** Where component `c` of a stored value goes: the plane slot and an index into the plane, -1 outside. */
export function storeTarget({ call, y, x }: Site, state: ReferenceState, op: StoreOp, c: number) {
  const slot = op.spread === "none" ? op.planes[c] : op.planes[0];
  const { width, height } = state.planes[call.planes[slot]];
  const row = op.spread === "y" ? 2 * y + c : y;
  const column = op.spread === "x" ? 2 * x + c : x;
  return { slot, index: row < height && column < width ? row * width + column : -1 };
}

/** Results of all operations at a site, by `Value`; empty for stores and losses. */
export function siteValues(site: Site, state: ReferenceState, scalars: Scalars): Float64Array[] {
  const values: Float64Array[] = [];
  for (const op of site.call.program.ops) values.push(opValue(op, { site, state, scalars, values }));
  return values;
}

interface Surroundings {
  readonly site: Site;
  readonly state: ReferenceState;
  readonly scalars: Scalars;
  /** Results of the earlier operations. */
  readonly values: readonly Float64Array[];
}

function opValue(op: Op, at: Surroundings): Float64Array {
  switch (op.kind) {
    case "gather":
      return gather(op, at);
    case "linear":
      return linear(op, at);
    case "softround":
      return at.values[op.input].map((x) => softround(x, at.scalars.temperature).value);
    case "noise":
      return at.values[op.input].map((x) => x + at.scalars.noise * siteNoise(at));
    case "round":
      return at.values[op.input].map((x) => Math.floor(x + 0.5));
    default:
      return new Float64Array(0);
  }
}

function siteNoise({ site: { call, y, x }, scalars }: Surroundings): number {
  return call.noiseShare * gaussian(call.noiseBase + y * call.width + x, scalars.noiseKey);
}

function gather(op: GatherOp, { site, state }: Surroundings): Float64Array {
  return Float64Array.from(op.taps, (tap) => {
    const index = tapIndex(site, state, tap);
    return index < 0 ? 0 : state.values[site.call.planes[tap.plane]][index];
  });
}

function linear(op: LinearOp, { site, state, values }: Surroundings): Float64Array {
  const { parameters } = site.call;
  const input = values[op.input];
  return Float64Array.from({ length: op.rows }, (_, row) => {
    let sum = op.bias === undefined ? 0 : state.parameters[parameters[op.bias] + row];
    for (let col = 0; col < input.length; col++) {
      const weight = op.map[row * input.length + col];
      if (weight >= 0) sum += state.parameters[parameters[op.weights] + weight] * input[col];
    }
    if (op.addend !== undefined) sum += values[op.addend][row];
    return op.relu ? Math.max(0, sum) : sum;
  });
}
