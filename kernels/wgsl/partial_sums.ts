/** Where workgroups leave their sums over sites, and which of them make up each parameter's gradient and each loss. */

import type { Call } from "../graph.ts";
import type { Column } from "./kernel.ts";
import type { Task } from "./tasks.ts";

/** Workgroups of a task with sums; more would only make the second summation longer. */
const MAX_SUM_GROUPS = 1024;

/** Floats `start .. start + length` of the buffer of partial sums. */
export interface Run {
  readonly start: number;
  readonly length: number;
}

/** The buffer of partial sums: per call `[column][workgroup]`. */
export interface PartialSums {
  /** Number of workgroups of a task with sums; undefined for other tasks. */
  groups(task: Task): number | undefined;
  /** First float of a task's sums. */
  offset(task: Task): number;
  /** Runs that add up to each target: all parameters, then the bits, then the squared errors. */
  readonly targets: readonly (readonly Run[])[];
  /** Length of the buffer in floats. */
  readonly length: number;
}

/** Lays out the sums of tasks; tasks of one call share their place, as they never run in the same pass. */
export function planPartialSums(tasks: readonly Task[], parameterCount: number): PartialSums {
  const offsets = new Map<Call, number>();
  const targets: Run[][] = Array.from({ length: parameterCount + 2 }, () => []);
  let length = 0;
  for (const task of tasks) {
    const { call, kernel: { columns } } = task;
    if (columns.length === 0 || offsets.has(call)) continue;
    const groups = sumGroups(task);
    offsets.set(call, length);
    for (const column of columns) {
      const target = targetOf(column, call, parameterCount);
      if (target !== undefined) targets[target].push({ start: length, length: groups });
      length += groups;
    }
  }
  return {
    groups: (task) => task.kernel.columns.length > 0 ? sumGroups(task) : undefined,
    offset: (task) => offsets.get(task.call)!,
    targets,
    length,
  };
}

function sumGroups({ tiles }: Task): number {
  return Math.min(tiles, MAX_SUM_GROUPS);
}

function targetOf(column: Column, call: Call, parameterCount: number): number | undefined {
  switch (column.kind) {
    case "parameter":
      return call.parameters[column.slot] + column.index;
    case "bits":
      return parameterCount;
    case "squaredError":
      return parameterCount + 1;
    case "unused":
      return undefined;
  }
}
