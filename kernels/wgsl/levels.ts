/** Groups tasks into levels: the tasks of a level do not depend on each other and can run in one dispatch. */

import type { Task } from "./tasks.ts";

/**
 * Levels of tasks given in an order that is right. Two tasks that add to the same gradient may change places, but never
 * share a level.
 */
export function levelsOf(tasks: readonly Task[]): Task[][] {
  // First as if additions could run together: sorted by that, whoever can add early does so, and nobody waits in vain.
  const free = depths(tasks, () => false);
  const order = [...tasks.keys()].sort((a, b) => free[a] - free[b] || a - b).map((i) => tasks[i]);
  const strict = depths(order, sharesAddition);
  const levels: Task[][] = [];
  order.forEach((task, i) => (levels[strict[i]] ??= []).push(task));
  return levels;
}

/** Length of the longest chain of dependent tasks before each task. */
function depths(tasks: readonly Task[], alsoDepends: (earlier: Task, later: Task) => boolean): number[] {
  const result: number[] = [];
  tasks.forEach((task, i) => {
    let depth = 0;
    for (let j = 0; j < i; j++) {
      if (result[j] >= depth && (depends(tasks[j], task) || alsoDepends(tasks[j], task))) depth = result[j] + 1;
    }
    result.push(depth);
  });
  return result;
}

function depends(earlier: Task, later: Task): boolean {
  return !earlier.writes.isDisjointFrom(later.reads) || !earlier.writes.isDisjointFrom(later.writes) ||
    !earlier.reads.isDisjointFrom(later.writes) || !earlier.adds.isDisjointFrom(later.reads) ||
    !earlier.reads.isDisjointFrom(later.adds);
}

function sharesAddition(earlier: Task, later: Task): boolean {
  return !earlier.adds.isDisjointFrom(later.adds);
}
