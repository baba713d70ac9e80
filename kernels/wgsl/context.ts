/** What the writers of a program's kernels share: the program's facts, its gradients' ways, and where its arrays lie. */

import type { KernelWriter } from "./kernel.ts";
import type { Routes } from "./routes.ts";
import type { ProgramShape } from "./shape.ts";

/** The heap buffer of each array of a call. */
export interface SegmentMap {
  /** By plane slot. */
  readonly value: readonly number[];
  /** By plane slot. */
  readonly gradient: readonly number[];
  /** By scratch row. */
  readonly scratch: readonly number[];
}

/** A program to write kernels for. */
export interface KernelContext {
  readonly shape: ProgramShape;
  readonly routes: Routes;
  readonly segments: SegmentMap;
}

/** Expression of a float of an array of the call. */
export function arrayAt(
  writer: KernelWriter,
  { segments }: KernelContext,
  array: { kind: keyof SegmentMap; slot: number; index: string },
): string {
  const base = writer.field(array.kind, array.slot);
  return writer.heap(segments[array.kind][array.slot], `${base} + ${array.index}`);
}

/** Names of a plane's rows and columns: those of the call's sites where they agree. */
export function planeSize(writer: KernelWriter, { shape }: KernelContext, slot: number) {
  if (shape.siteSized[slot]) return { width: "width", height: "height" };
  return { width: writer.field("width", slot), height: writer.field("height", slot) };
}

/** Adds `expression` to a gradient, or stores it if this is the plane's first contribution of the iteration. */
export function addToGradient(
  writer: KernelWriter,
  context: KernelContext,
  { slot, index, expression }: { slot: number; index: string; expression: string },
): string[] {
  const add = writer.field("add", slot);
  const target = arrayAt(writer, context, { kind: "gradient", slot, index });
  return [
    `if (${add} == 1u) { ${target} += ${expression}; }`,
    `else { ${target} = ${expression}; }`,
  ];
}
