/** What the text of a program's kernels may take for granted: facts that hold for all calls that share the text. */

import type { Call, Graph } from "../graph.ts";
import type { Program } from "../program.ts";
import type { ParameterPlaces } from "./kernel.ts";

/** A program with the facts of its calls. */
export interface ProgramShape {
  readonly program: Program;
  /** By plane slot: the plane has as many rows and columns as the call has sites. */
  readonly siteSized: readonly boolean[];
  /** By plane slot: a tap without an offset never leaves the plane. */
  readonly inside: readonly boolean[];
  readonly parameters: ParameterPlaces;
}

/** Calls of the same program. */
export interface ProgramUse {
  readonly shape: ProgramShape;
  readonly calls: readonly Call[];
}

/** Sorts calls by program (by structure, not identity) and by the pattern of their parameters' offsets. */
export function programUses(graph: Graph, calls: readonly Call[]): ProgramUse[] {
  const keys = new Map<Program, string>();
  const keyOf = ({ program, parameters }: Call) => {
    if (!keys.has(program)) keys.set(program, programKey(program));
    return `${keys.get(program)} ${relativeOffsets(parameters)}`;
  };
  return [...Map.groupBy(calls, keyOf).values()].map((group) => ({ shape: shapeOf(graph, group), calls: group }));
}

/** Vectors of four before a call's first parameter. */
export function parameterShift({ parameters }: Call): number {
  return parameters.length === 0 ? 0 : Math.min(...parameters) >> 2;
}

/** Offsets from the vector that holds the first parameter: calls that differ in that vector only can share text. */
function relativeOffsets(parameters: readonly number[]): number[] {
  const first = Math.min(...parameters) & ~3;
  return parameters.map((offset) => offset - first);
}

/** Text that two programs share if and only if they do the same. */
function programKey(program: Program): string {
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
    parameters: parameterPlaces(calls),
  };
}

function parameterPlaces(calls: readonly Call[]): ParameterPlaces {
  const shifted = calls.some((call) => parameterShift(call) !== parameterShift(calls[0]));
  const { parameters } = calls[0];
  return { shifted, offsets: shifted ? relativeOffsets(parameters) : parameters };
}

function shiftsOf(program: Program, slot: number): number[] {
  return program.ops.flatMap((op) =>
    op.kind === "gather" ? op.taps.filter(({ plane }) => plane === slot).map(({ shift }) => shift) : []
  );
}
