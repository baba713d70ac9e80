/** What the text of a program's kernels may take for granted: facts that hold for all calls that share the text. */

import type { Call, Graph } from "../graph.ts";
import type { Program } from "../program.ts";

/** A program with the facts of its calls. */
export interface ProgramShape {
  readonly program: Program;
  /** By plane slot: the plane has as many rows and columns as the call has sites. */
  readonly siteSized: readonly boolean[];
  /** By plane slot: a tap without an offset never leaves the plane. */
  readonly inside: readonly boolean[];
  /** By parameter slot: its offset, if all calls agree on it. */
  readonly parameterOffsets: readonly (number | undefined)[];
}

/** Calls of the same program. */
export interface ProgramUse {
  readonly shape: ProgramShape;
  readonly calls: readonly Call[];
}

/** Sorts calls by program (by structure, not identity). */
export function programUses(graph: Graph, calls: readonly Call[]): ProgramUse[] {
  const uses = new Map<string, Call[]>();
  for (const call of calls) {
    const key = programKey(call.program);
    uses.set(key, [...(uses.get(key) ?? []), call]);
  }
  return [...uses.values()].map((group) => ({ shape: shapeOf(graph, group), calls: group }));
}

/** Text that two programs share if and only if they do the same. */
export function programKey(program: Program): string {
  return JSON.stringify(program, (_, value) => value instanceof Int32Array ? [...value] : value);
}

function shapeOf(graph: Graph, calls: readonly Call[]): ProgramShape {
  const { program } = calls[0];
  const everywhere = (slot: number, shift: number, holds: (sites: number, size: number) => boolean) =>
    calls.every(({ width, height, planes }) => {
      const plane = graph.planes[planes[slot]];
      return holds(((width - 1) >> shift) + 1, plane.width) && holds(((height - 1) >> shift) + 1, plane.height);
    });
  return {
    program,
    siteSized: program.planes.map((_, slot) => everywhere(slot, 0, (sites, size) => sites === size)),
    inside: program.planes.map((_, slot) =>
      shiftsOf(program, slot).every((shift) => everywhere(slot, shift, (sites, size) => sites <= size))
    ),
    parameterOffsets: program.parameters.map((_, slot) => {
      const offset = calls[0].parameters[slot];
      return calls.every(({ parameters }) => parameters[slot] === offset) ? offset : undefined;
    }),
  };
}

function shiftsOf(program: Program, slot: number): number[] {
  return program.ops.flatMap((op) =>
    op.kind === "gather" ? op.taps.filter(({ plane }) => plane === slot).map(({ shift }) => shift) : []
  );
}
