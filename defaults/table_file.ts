/** The tables of defaults as the decoder has them: integers of all rows of a preset, as a text of its source. */

import { type PresetName, PRESETS } from "../bitstream/architecture.ts";
import { learnedCount, TABLE_SHAPE } from "../bitstream/defaults.ts";
import type { FieldRow } from "../bitstream/group_fields.ts";
import type { FixedPoint } from "../bitstream/quantised_model.ts";
import { finestStepBits, parameterGroups } from "../bitstream/parameters.ts";
import { fitFixedPointRow } from "./fit_fields.ts";
import type { TrainedRow } from "./row_file.ts";

/** Rows of one preset, from low to high lambda. */
export interface PresetRows {
  readonly preset: PresetName;
  readonly rows: readonly TrainedRow[];
}

/** A table: which parameters it holds, and how its source presents them. */
export interface TableKind {
  /** Whether it is about the synthesis; else about ARM, IFCE and upsampling. */
  readonly synthesis: boolean;
  /** Its source and the record of how it was made, in the repository. */
  readonly path: string;
  readonly provenance: string;
  /** The task that makes it, with options. */
  readonly task: string;
  /** What its source says that it is, which parameters of a decoder it has, and what it is called. */
  readonly title: string;
  readonly which: "first" | "last";
  readonly name: string;
}

/** Table 1, `bitstream/default_table.ts`. */
export const TABLE_1: TableKind = {
  synthesis: false,
  path: "bitstream/default_table.ts",
  title: "The learned defaults, table 1",
  task: "defaults",
  provenance: "defaults/provenance.json",
  which: "first",
  name: "DEFAULT_TABLE",
};

/** Table 2, `bitstream/synthesis_table.ts`. */
export const TABLE_2: TableKind = {
  synthesis: true,
  path: "bitstream/synthesis_table.ts",
  title: "The learned defaults of the synthesis, table 2",
  task: "defaults --synthesis",
  provenance: "defaults/synthesis_provenance.json",
  which: "last",
  name: "SYNTHESIS_TABLE",
};

/** The source of a table. */
export function tableSource(
  presets: readonly PresetRows[],
  { synthesis, title, task, provenance, which, name }: TableKind,
): string {
  const entries = presets.map(({ preset, rows }) => {
    const integers = rows.flatMap((row) => [...rowIntegers(preset, row.parameters, synthesis)]);
    return `  ${preset}:\n    "${base64(integers)}",\n`;
  });
  return `/**
 * ${title}. Normative, made by \`deno task ${task}\` (\`${provenance}\` says from what).
 *
 * Of each preset that has them: all rows, each with the ${which} parameters of section 3.3 of FORMAT.md, as 16-bit integers in
 * the finest steps of their groups, the high byte first, in base 64.
 */

import type { PresetName } from "./architecture.ts";

// deno-fmt-ignore
/** By preset. */
export const ${name}: Readonly<Partial<Record<PresetName, string>>> = {
${entries.join("")}};
`;
}

/** A row in units of the finest steps; `synthesis` as in `TableKind`. */
export function rowIntegers(preset: PresetName, parameters: readonly number[], synthesis: boolean): Int16Array {
  const groups = parameterGroups(PRESETS[preset], TABLE_SHAPE);
  const learned = learnedCount(groups);
  const bits = synthesis ? finestStepBits(groups).slice(learned) : finestStepBits(groups).slice(0, learned);
  if (parameters.length !== bits.length) {
    throw new RangeError(
      `Cannot make table: expected ${bits.length} parameters for ${preset}, received ${parameters.length}`,
    );
  }
  return Int16Array.from(parameters, (value, i) => {
    const integer = Math.round(value * 2 ** bits[i]);
    if (integer >= -32768 && integer <= 32767) return integer;
    throw new RangeError(`Cannot make table: expected parameters within 16 bits, received ${value} in ${preset}`);
  });
}

function base64(integers: readonly number[]): string {
  const view = new DataView(new ArrayBuffer(2 * integers.length));
  integers.forEach((value, i) => view.setInt16(2 * i, value));
  return new Uint8Array(view.buffer).toBase64();
}

/** Fractional bits of a weight of the restoration filter. */
const RESTORATION_WEIGHT_BITS = 8;

/** The source of the table of the restoration filter. Weights that a signed byte cannot hold are cut off. */
export function restorationTableSource(weights: Float64Array): string {
  const bytes = Int8Array.from(weights, (weight) => {
    return Math.max(-128, Math.min(127, Math.round(weight * 2 ** RESTORATION_WEIGHT_BITS)));
  });
  return `/**
 * The learned weights of the restoration filter. Normative, made by \`deno task defaults:restoration\`
 * (\`defaults/restoration_provenance.json\` says from what).
 *
 * Of each class (\`bitstream/restoration.ts\`) six weights, signed bytes, Q8, in base 64.
 */

// deno-fmt-ignore
/** All weights. */
export const RESTORATION_TABLE =
  "${new Uint8Array(bytes.buffer).toBase64()}";
`;
}

/** What was learned about the fields of one preset's groups. */
export interface PresetFields {
  readonly preset: PresetName;
  readonly withoutSynthesis: readonly FieldRow[];
  readonly all: readonly FieldRow[] | undefined;
  /** Fractional bits of all files. */
  readonly fixedPoints: readonly FixedPoint[];
  /** From how many files. */
  readonly files: { readonly withoutSynthesis: number; readonly all: number };
}

/** The source of table 3. */
export function fieldTableSource(presets: readonly PresetFields[]): string {
  const fixedPoint = fitFixedPointRow(presets.flatMap(({ fixedPoints }) => fixedPoints));
  const rowsOf = (name: string, rows: readonly FieldRow[] | undefined) =>
    rows ? `    ${name}: [\n${rows.map((row) => `      [${row.join(", ")}],\n`).join("")}    ],\n` : "";
  const entries = presets.map(({ preset, withoutSynthesis, all }) =>
    `  ${preset}: {\n${rowsOf("withoutSynthesis", withoutSynthesis)}${rowsOf("all", all)}  },\n`
  );
  return `/**
 * What fields groups of parameters have in most pictures, table 3. Normative, made by \`deno task defaults:fields\`
 * (\`defaults/field_provenance.json\` says from what).
 *
 * Of each preset and each scope of its defaults a row for each group of section 3.3 of FORMAT.md; and a row for the fractional
 * bits of planes and layers.
 */

import type { PresetName } from "./architecture.ts";
import type { FixedPointRow } from "./fixed_point_fields.ts";
import type { FieldRow } from "./group_fields.ts";

/** The rows of a preset, by what has defaults. */
export interface FieldRows {
  readonly withoutSynthesis: readonly FieldRow[];
  readonly all?: readonly FieldRow[];
}

/** By preset. */
export const FIELD_TABLE: Readonly<Partial<Record<PresetName, FieldRows>>> = {
${entries.join("")}};

/** Of all presets. */
export const FIXED_POINT_ROW: FixedPointRow = [${fixedPoint.join(", ")}];
`;
}
