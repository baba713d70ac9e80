/** Decides, for every plane with a gradient, who writes it first and who must clear it. */

import type { Call, Graph, PlaneId } from "../graph.ts";
import type { Program } from "../program.ts";

/** What the backward pass must know of the order in which gradients are added up. */
export interface GradientPlan {
  /** Slots of a call whose gradient is stored, not added. */
  readonly stores: ReadonlyMap<Call, ReadonlySet<number>>;
  /** Planes whose gradient only ever gets additions: whoever reads it zeroes it for the next iteration. */
  readonly consume: ReadonlySet<PlaneId>;
  /** Planes whose columns left and right repeat the edge. */
  readonly replicate: ReadonlySet<PlaneId>;
}

/** Derives the plan; throws a `RangeError` if two readers want different borders of one plane. */
export function planGradients(graph: Graph): GradientPlan {
  const stores = new Map<Call, Set<number>>();
  const consume = new Set<PlaneId>();
  const touched = new Set<PlaneId>();
  const calls = [...graph.softQuantise, ...graph.body];
  for (const call of calls.toReversed()) {
    const direct = new Set<number>();
    for (const slot of gradientSlots(call.program)) {
      const plane = call.planes[slot];
      if (touched.has(plane)) continue;
      touched.add(plane);
      if (coversOnce(graph, call, slot)) direct.add(slot);
      else consume.add(plane);
    }
    stores.set(call, direct);
  }
  return { stores, consume, replicate: replicatedPlanes(calls) };
}

/** Slots whose input gradient the backward pass of a program computes. */
export function gradientSlots(program: Program): number[] {
  return [...program.planes.keys()].filter((slot) => program.planes[slot].gradient && tapsOf(program, slot).length > 0);
}

function tapsOf(program: Program, slot: number) {
  return program.ops.flatMap((op) => op.kind === "gather" ? op.taps.filter((tap) => tap.plane === slot) : []);
}

/** Whether the backward pass of a call reaches every value of a slot's plane exactly once. */
function coversOnce(graph: Graph, call: Call, slot: number): boolean {
  const taps = tapsOf(call.program, slot);
  const plane = graph.planes[call.planes[slot]];
  const [tap] = taps;
  return taps.length === 1 && tap.dy === 0 && tap.dx === 0 && tap.shift === 0 &&
    plane.width === call.width && plane.height === call.height &&
    call.planes.filter((id) => id === call.planes[slot]).length === 1;
}

function replicatedPlanes(calls: readonly Call[]): Set<PlaneId> {
  const borders = new Map<PlaneId, string>();
  for (const { program, planes } of calls) {
    for (const [slot, { border }] of program.planes.entries()) {
      if (!tapsOf(program, slot).some((tap) => tap.dx !== 0)) continue;
      if ((borders.get(planes[slot]) ?? border) !== border) {
        throw new RangeError(`Cannot plan gradients: plane ${planes[slot]} is read with two borders`);
      }
      borders.set(planes[slot], border);
    }
  }
  return new Set([...borders.keys()].filter((plane) => borders.get(plane) === "replicate"));
}
