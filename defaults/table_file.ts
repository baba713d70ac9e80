/** The table of defaults as the decoder has it: integers of all rows of a preset, as a text of its source. */

import { type PresetName, PRESETS } from "../bitstream/architecture.ts";
import { learnedCount, TABLE_SHAPE } from "../bitstream/defaults.ts";
import { finestStepBits, parameterGroups } from "../bitstream/parameters.ts";
import type { TrainedRow } from "./row_file.ts";

/** Rows of one preset, from low to high lambda. */
export interface PresetRows {
  readonly preset: PresetName;
  readonly rows: readonly TrainedRow[];
}

/** The source of `bitstream/default_table.ts`. */
export function tableSource(presets: readonly PresetRows[]): string {
  const entries = presets.map(({ preset, rows }) => {
    const integers = rows.flatMap((row) => [...rowIntegers(preset, row.parameters)]);
    return `  ${preset}:\n    "${base64(integers)}",\n`;
  });
  return `/**
 * The learned defaults, table 1. Normative, made by \`deno task defaults\` (\`defaults/provenance.json\` says from what).
 *
 * Of each preset that has them: all rows, each with the first parameters of section 3.3 of FORMAT.md, as 16-bit integers in
 * the finest steps of their groups, the high byte first, in base 64.
 */

import type { PresetName } from "./architecture.ts";

// deno-fmt-ignore
/** By preset. */
export const DEFAULT_TABLE: Readonly<Partial<Record<PresetName, string>>> = {
${entries.join("")}};
`;
}

/** A row in units of the finest steps. */
export function rowIntegers(preset: PresetName, parameters: readonly number[]): Int16Array {
  const groups = parameterGroups(PRESETS[preset], TABLE_SHAPE);
  const count = learnedCount(groups);
  if (parameters.length !== count) {
    throw new RangeError(
      `Cannot make table: expected ${count} parameters for ${preset}, received ${parameters.length}`,
    );
  }
  const bits = finestStepBits(groups);
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
