/** Dispatches: which tasks run together, how many workgroups each gets, and the table through which they find their data. */

import { floatBits } from "../float_bits.ts";
import type { Call, Graph } from "../graph.ts";
import type { GraphMemory } from "./memory.ts";
import { type Field, HEADER_WORDS, type Kernel, KIND_SHIFT } from "./kernel.ts";
import { levelsOf } from "./levels.ts";
import type { PartialSums } from "./partial_sums.ts";
import { parameterShift } from "./shape.ts";
import type { ArrayName, Task } from "./tasks.ts";

/** A task with its share of a dispatch. */
export interface Entry {
  readonly task: Task;
  /** Number of the first workgroup and number of workgroups. */
  readonly first: number;
  readonly groups: number;
  /** Plane slots whose gradient this task is the first to write. */
  readonly stores: ReadonlySet<number>;
}

/** One dispatch. */
export interface Batch {
  readonly kernels: readonly Kernel[];
  readonly entries: readonly Entry[];
  readonly workgroups: number;
}

/** Kernels with fewer multiplications per item share a dispatch, since starting one costs more than they do. */
const LIGHT_MULTIPLICATIONS = 150;
/** Workgroups of one entry: enough to fill a large GPU; each then takes several tiles. */
const MAX_GROUPS = 8192;
/** Entries of a table: with up to 96 words each they fit into the smallest uniform buffer, 64 KB. */
const MAX_ENTRIES = 128;
/** WebGPU's limit for a dispatch. */
const MAX_WORKGROUPS = 65535;

/** Dispatches, in order, for tasks in an order that is right. */
export function planBatches(tasks: readonly Task[], sums: PartialSums): Batch[] {
  const written = new Set<ArrayName>();
  return levelsOf(tasks).flatMap((level) => splitLevel(level).map((group) => planBatch(group, sums, written)));
}

/** Light tasks together, heavy ones by kernel; not more than fit into a table. */
function splitLevel(level: readonly Task[]): Task[][] {
  const groups = Map.groupBy(
    level,
    ({ kernel }) => kernel.multiplications < LIGHT_MULTIPLICATIONS ? "light" : kernel.key,
  );
  return [...groups.values()].flatMap((group) =>
    Array.from(
      { length: Math.ceil(group.length / MAX_ENTRIES) },
      (_, i) => group.slice(i * MAX_ENTRIES, (i + 1) * MAX_ENTRIES),
    )
  );
}

function planBatch(tasks: readonly Task[], sums: PartialSums, written: Set<ArrayName>): Batch {
  const limit = Math.min(MAX_GROUPS, Math.floor(MAX_WORKGROUPS / tasks.length));
  // A workgroup looks for its entry from the first on: most belong to the largest.
  const order = tasks.toSorted((a, b) => b.tiles - a.tiles);
  const entries: Entry[] = [];
  let first = 0;
  for (const task of order) {
    const groups = Math.min(sums.groups(task) ?? task.tiles, limit);
    entries.push({ task, first, groups, stores: firstWrites(task, written) });
    first += groups;
  }
  const kernels = new Map(order.map(({ kernel }) => [kernel.key, kernel]));
  return { kernels: [...kernels.values()], entries, workgroups: first };
}

function firstWrites({ addSlots }: Task, written: Set<ArrayName>): Set<number> {
  const stores = new Set<number>();
  for (const [slot, name] of addSlots) {
    if (!written.has(name)) stores.add(slot);
    written.add(name);
  }
  return stores;
}

/** What an entry's words are made from. */
export interface EntrySources {
  readonly graph: Graph;
  readonly memory: GraphMemory;
  readonly sums: PartialSums;
}

/** The words of an entry: header, then the kernel's fields. `kind` is the kernel's number in its pipeline. */
export function entryWords({ task, first, groups, stores }: Entry, kind: number, sources: EntrySources): number[] {
  const { call, kernel } = task;
  const header = [first, groups | (kind << KIND_SHIFT), call.width, call.height];
  const resolve = (field: Field) =>
    field.kind === "add" ? Number(!stores.has(field.slot)) : fieldValue(field, call, { ...sources, task });
  return [...header.slice(0, HEADER_WORDS), ...kernel.fields.map(resolve)];
}

function fieldValue(field: Field, call: Call, { graph, memory, sums, task }: EntrySources & { task: Task }): number {
  const plane = call.planes[field.slot];
  switch (field.kind) {
    case "value":
      return memory.values[plane].offset;
    case "gradient":
      return memory.gradients[plane].offset;
    case "width":
      return graph.planes[plane].width;
    case "height":
      return graph.planes[plane].height;
    case "scratch":
      return memory.scratch.get(call)![field.slot].offset;
    case "parameterShift":
      return parameterShift(call);
    case "noiseBase":
      return call.noiseBase;
    case "noiseShare":
      return floatBits(call.noiseShare);
    case "partials":
      return sums.offset(task);
    case "add":
      throw new RangeError("Cannot resolve field: whether a task adds depends on its place among the batches");
  }
}
