/** Tasks: one kernel on one call, with the arrays it reads and writes, in the order of the mathematics. */

import type { Call, Graph } from "../graph.ts";
import { gatheredSlots, isLoss, storedSlots } from "../program.ts";
import type { GraphKernels } from "./call_kernels.ts";
import { type Kernel, LANES } from "./kernel.ts";
import type { GraphMemory } from "./memory.ts";
import { SHARED_SHIFT } from "./transposed_kernel.ts";

/** An array as a task sees it: `value 3`, `gradient 3`, or a scratch row. */
export type ArrayName = string;

/** One kernel on one call. */
export interface Task {
  readonly kernel: Kernel;
  readonly call: Call;
  /** Workgroups that would each have one round of work. */
  readonly tiles: number;
  readonly reads: ReadonlySet<ArrayName>;
  readonly writes: ReadonlySet<ArrayName>;
  /** Gradients that the task adds to: additions commute, but never run at the same time. */
  readonly adds: ReadonlySet<ArrayName>;
  /** The same by plane slot, in the order in which the kernel adds. */
  readonly addSlots: ReadonlyMap<number, ArrayName>;
}

/** Forward tasks of calls, losses left out. */
export function forwardTasks(calls: readonly Call[], { kernels }: GraphKernels): Task[] {
  return calls.flatMap((call) => {
    const { forward } = kernels.get(call)!;
    return forward ? [siteTask(call, forward, { reads: valuesRead(call), writes: valuesStored(call) })] : [];
  });
}

/** Forward and backward of the losses alone: what an evaluation needs. */
export function lossTasks(calls: readonly Call[], graphKernels: GraphKernels): Task[] {
  return calls.filter((call) => isLoss(call.program)).flatMap((call) => siteTasks(call, graphKernels));
}

/** Backward tasks of calls, last call first. */
export function backwardTasks(calls: readonly Call[], graph: Graph, graphKernels: GraphKernels): Task[] {
  return calls.toReversed().flatMap((call) => [
    ...siteTasks(call, graphKernels),
    ...transposedTasks(call, graph, graphKernels),
  ]);
}

function siteTasks(call: Call, { kernels, memory }: GraphKernels): Task[] {
  const { backward } = kernels.get(call)!;
  if (!backward) return [];
  const reads = [...valuesRead(call), ...gradientsStored(call)];
  const writes = scratchRows(call, memory);
  const slots = backward.fields.filter((field) => field.kind === "add").map((field) => field.slot);
  return [siteTask(call, backward, { reads, writes, slots })];
}

interface Arrays {
  readonly reads: readonly ArrayName[];
  readonly writes: readonly ArrayName[];
  readonly slots?: readonly number[];
}

function siteTask(call: Call, kernel: Kernel, { reads, writes, slots = [] }: Arrays): Task {
  const tiles = Math.ceil(call.width * call.height / LANES);
  return { kernel, call, tiles, reads: new Set(reads), writes: new Set(writes), ...gradientsAdded(call, slots) };
}

function transposedTasks(call: Call, graph: Graph, { kernels, memory }: GraphKernels): Task[] {
  const reads = new Set([...scratchRows(call, memory), ...gradientsStored(call)]);
  return kernels.get(call)!.transposed.map(({ group, kernel }) => {
    const { width, height } = graph.planes[call.planes[group.slots[0]]];
    const tiles = group.shift >= SHARED_SHIFT ? width * height : Math.ceil(width * height / LANES);
    return { kernel, call, tiles, reads, writes: new Set(), ...gradientsAdded(call, group.slots) };
  });
}

function scratchRows(call: Call, { scratch }: GraphMemory): ArrayName[] {
  return scratch.get(call)!.map(({ segment, offset }) => `scratch ${segment} ${offset}`);
}

function gradientsAdded(call: Call, slots: readonly number[]): Pick<Task, "adds" | "addSlots"> {
  const addSlots = new Map(slots.map((slot) => [slot, `gradient ${call.planes[slot]}`]));
  return { addSlots, adds: new Set(addSlots.values()) };
}

function valuesRead({ program, planes }: Call): ArrayName[] {
  return [...gatheredSlots(program)].map((slot) => `value ${planes[slot]}`);
}

function valuesStored({ program, planes }: Call): ArrayName[] {
  return [...storedSlots(program)].map((slot) => `value ${planes[slot]}`);
}

function gradientsStored({ program, planes }: Call): ArrayName[] {
  return [...storedSlots(program)].map((slot) => `gradient ${planes[slot]}`);
}
