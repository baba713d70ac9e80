/** Groups calls into phases: calls of one phase may run at the same time, phases run one after the other. */

import type { Call, PlaneId } from "../graph.ts";
import { gatheredSlots, storedSlots } from "../program.ts";
import { gradientSlots } from "./gradient_plan.ts";
import { stripsOverlap } from "./program_layout.ts";

/** The strips of a call that belong to a phase. */
export interface PhaseEntry {
  readonly call: Call;
  /** All strips, or those with an even or odd number. */
  readonly strips: "all" | "even" | "odd";
}

/** Entries that may run in any order, or at once. */
export type Phase = readonly PhaseEntry[];

/** Phases of the forward pass: a call runs after those that write what it reads. */
export function forwardPhases(calls: readonly Call[]): Phase[] {
  const written = new Map<PlaneId, number>();
  const phases = new PhaseList();
  for (const call of calls) {
    const reads = [...gatheredSlots(call.program)].map((slot) => written.get(call.planes[slot]) ?? 0);
    const level = Math.max(0, ...reads);
    phases.add(level, { call, strips: "all" });
    for (const slot of storedSlots(call.program)) written.set(call.planes[slot], level + 1);
  }
  return phases.list;
}

/**
 * Phases of the backward pass: a call runs after all that add to the gradients it reads, and never beside one that adds
 * to the same gradient; strips that add to each other's rows take turns, even then odd. The order of all additions to a
 * value is therefore fixed, whatever the number of threads.
 */
export function backwardPhases(calls: readonly Call[]): Phase[] {
  const free = new Map<PlaneId, number>();
  const phases = new PhaseList();
  for (const call of calls.toReversed()) {
    const { program, planes } = call;
    const touched = [...storedSlots(program), ...gradientSlots(program)].map((slot) => planes[slot]);
    const level = Math.max(0, ...touched.map((plane) => free.get(plane) ?? 0));
    const turns = stripsOverlap(program) ? (["even", "odd"] as const) : (["all"] as const);
    turns.forEach((strips, turn) => phases.add(level + turn, { call, strips }));
    for (const slot of gradientSlots(program)) free.set(planes[slot], level + turns.length);
  }
  return phases.list;
}

class PhaseList {
  readonly list: PhaseEntry[][] = [];

  add(level: number, entry: PhaseEntry): void {
    while (this.list.length <= level) this.list.push([]);
    this.list[level].push(entry);
  }
}
