/** WGSL of sums that every lane keeps for itself and that are added up across the workgroup at the end: for a few sums. */

import { type Column, type KernelWriter, LANES } from "./kernel.ts";
import type { LayerSums } from "./outer_product.ts";

/** Largest number of multiply-adds per site that a layer may cost here; above, the lanes share the work. */
const MAX_PRODUCTS = 32;

/** A sum over sites: the variable that each lane adds to, and what it is. */
export interface LaneSum {
  readonly name: string;
  readonly column: Column;
}

/** Emits the declarations of lane sums, and their summation over the workgroup's lanes, always in the same order. */
export function writeLaneSums(writer: KernelWriter, sums: readonly LaneSum[]): void {
  writer.preamble.push(...sums.map(({ name }) => `var ${name} = 0.0;`));
  for (let from = 0; from < sums.length; from += 4) writeFour(writer, sums.slice(from, from + 4));
}

function writeFour(writer: KernelWriter, sums: readonly LaneSum[]): void {
  const column = writer.columns.length;
  const names = [0, 1, 2, 3].map((k) => sums[k]?.name ?? "0.0");
  const place = `${writer.field("partials")} + ${column}u * groups + group`;
  writer.reserveStage(LANES);
  writer.epilogue.push(
    `stage[lane] = vec4<f32>(${names.join(", ")});`,
    "workgroupBarrier();",
    `for (var half = ${LANES / 2}u; half > 0u; half = half >> 1u) {`,
    "  if (lane < half) { stage[lane] += stage[lane + half]; }",
    "  workgroupBarrier();",
    "}",
    `if (lane == 0u) { leaveSums(stage[0], ${place}, groups, ${sums.length}u); }`,
    "workgroupBarrier();",
  );
  writer.columns.push(...sums.map((sum) => sum.column));
}

/** Whether a layer is small enough for lane sums. */
export function isSmallLayer({ deltas, inputs }: LayerSums): boolean {
  return deltas.length * (inputs.length + 1) <= MAX_PRODUCTS;
}

/** Emits the sums of a small layer; weights that share a parameter share a sum. */
export function writeSmallLayerSums(writer: KernelWriter, { op, value, deltas, inputs, cols }: LayerSums): void {
  const sums = new Map<string, LaneSum>();
  const add = (slot: number, index: number, term: string) => {
    const name = `own${value}_${slot}_${index}`;
    sums.set(name, { name, column: { kind: "parameter", slot, index } });
    writer.body.push(`${name} += ${term};`);
  };
  deltas.forEach((delta, row) => {
    for (const { expression, col } of inputs) {
      const index = op.map[row * cols + col];
      if (index >= 0) add(op.weights, index, `${delta} * ${expression}`);
    }
    if (op.bias !== undefined) add(op.bias, row, delta);
  });
  writeLaneSums(writer, [...sums.values()]);
}
