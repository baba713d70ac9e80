/** The kernels of every call of a graph, written once for all calls that can share them. */

import type { Call, Graph } from "../graph.ts";
import { isLoss } from "../program.ts";
import type { KernelContext, SegmentMap } from "./context.ts";
import type { Kernel } from "./kernel.ts";
import { type GraphMemory, planMemory } from "./memory.ts";
import { planRoutes, type Routes, type TransposedGroup } from "./routes.ts";
import { type ProgramUse, programUses } from "./shape.ts";
import { backwardKernel, forwardKernel } from "./site_kernels.ts";
import { transposedKernel } from "./transposed_kernel.ts";

/** The kernels of one call. */
export interface CallKernels {
  /** Writes the planes that the program stores; missing if it stores none. */
  readonly forward?: Kernel;
  /** Losses, sums for the parameters, gradients and scratch rows; missing if there is nothing of that. */
  readonly backward?: Kernel;
  readonly transposed: readonly { readonly group: TransposedGroup; readonly kernel: Kernel }[];
}

/** A graph's kernels and the memory they work on. */
export interface GraphKernels {
  readonly kernels: ReadonlyMap<Call, CallKernels>;
  readonly memory: GraphMemory;
}

/** Writes all kernels. Throws a `GpuError` or `RangeError` if the graph does not fit the GPU or the programs' rules. */
export function writeKernels(graph: Graph, maxSegmentBytes: number): GraphKernels {
  const uses = programUses(graph, [...graph.softQuantise, ...graph.hardQuantise, ...graph.body])
    .map((use) => ({ use, routes: planRoutes(use.shape.program, use.shape.siteSized) }));
  const scratchRows = new Map(
    uses.flatMap(({ use, routes }) => use.calls.map((call) => [call, routes.scratch.length] as const)),
  );
  const memory = planMemory(graph, { scratchRows, maxSegmentBytes });
  const kernels = new Map<Call, CallKernels>();
  for (const { use, routes } of uses) {
    checkGroups(graph, use, routes);
    for (const [segments, calls] of bySegments(use.calls, memory)) {
      const own = writeCallKernels({ shape: use.shape, routes, segments });
      for (const call of calls) kernels.set(call, own);
    }
  }
  return { kernels, memory };
}

function writeCallKernels(context: KernelContext): CallKernels {
  const { shape: { program }, routes } = context;
  const stores = program.ops.some((op) => op.kind === "store");
  const sums = isLoss(program) || program.parameters.length > 0 || routes.direct.size > 0 || routes.scratch.length > 0;
  return {
    ...(stores && { forward: forwardKernel(context) }),
    ...(sums && { backward: backwardKernel(context) }),
    transposed: routes.groups.map((group) => ({ group, kernel: transposedKernel(context, group) })),
  };
}

/** Calls whose arrays lie in the same buffers can share the text, which names the buffers. */
function bySegments(calls: readonly Call[], memory: GraphMemory): [SegmentMap, Call[]][] {
  const groups = new Map<string, [SegmentMap, Call[]]>();
  for (const call of calls) {
    const segments: SegmentMap = {
      value: call.planes.map((plane) => memory.values[plane].segment),
      gradient: call.planes.map((plane) => memory.gradients[plane].segment),
      scratch: memory.scratch.get(call)!.map(({ segment }) => segment),
    };
    const key = JSON.stringify(segments);
    const group = groups.get(key) ?? [segments, []];
    group[1].push(call);
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** Planes that one kernel collects for have the same size. */
function checkGroups(graph: Graph, { calls }: ProgramUse, { groups }: Routes): void {
  for (const { planes, program } of calls) {
    for (const { slots } of groups) {
      const sizes = new Set(
        slots.map((slot) => `${graph.planes[planes[slot]].width}x${graph.planes[planes[slot]].height}`),
      );
      if (sizes.size > 1) {
        throw new RangeError(`Cannot write kernels of ${program.name}: expected planes of one size, got ${[...sizes]}`);
      }
    }
  }
}
