/**
 * What fields groups of parameters have in most pictures, table 3. Normative, made by `deno task defaults:fields`
 * (`defaults/field_provenance.json` says from what).
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
  hop: {
    withoutSynthesis: [
      [86, 12, 28, 24, 43],
      [105, 13, 32, 16, 38],
      [17, 18, 30, 25, 41],
      [39, 18, 28, 27, 36],
      [83, 13, 28, 34, 41],
      [92, 11, 27, 19, 34],
      [61, 10, 30, 47, 36],
      [5, 21, 31, 25, 40],
      [11, 18, 31, 37, 38],
      [42, 23, 29, 1, 42],
      [39, 16, 33, 32, 39],
      [98, 24, 31, 35, 42],
      [73, 24, 32, 40, 41],
      [5, 33, 33, 35, 38],
      [5, 29, 32, 29, 42],
    ],
  },
  lop: {
    withoutSynthesis: [
      [42, 12, 29, 50, 38],
      [7, 17, 31, 41, 40],
      [11, 19, 32, 38, 38],
      [11, 16, 33, 44, 41],
      [64, 11, 29, 31, 38],
      [38, 11, 32, 49, 38],
      [7, 22, 32, 29, 39],
      [2, 20, 30, 36, 35],
      [7, 24, 30, 24, 44],
      [7, 20, 35, 47, 38],
      [2, 34, 31, 39, 41],
      [2, 31, 33, 60, 41],
    ],
    all: [
      [103, 11, 33, 11, 35],
      [64, 15, 32, 34, 37],
      [44, 14, 31, 23, 39],
      [94, 11, 32, 44, 38],
      [123, 0, 38, 0, 38],
      [54, 3, 31, 47, 31],
      [25, 19, 30, 15, 38],
      [34, 15, 31, 39, 38],
      [103, 20, 32, 19, 41],
      [64, 22, 29, 32, 36],
      [25, 27, 29, 22, 36],
      [5, 25, 28, 54, 39],
    ],
  },
  mop: {
    withoutSynthesis: [
      [64, 12, 29, 36, 41],
      [3, 18, 31, 34, 41],
      [9, 18, 30, 27, 39],
      [52, 18, 32, 47, 43],
      [58, 11, 27, 21, 37],
      [21, 10, 31, 43, 39],
      [3, 25, 33, 26, 38],
      [3, 20, 31, 32, 35],
      [9, 22, 31, 20, 42],
      [9, 21, 30, 43, 39],
      [52, 25, 31, 39, 45],
      [15, 33, 32, 36, 43],
      [3, 32, 31, 55, 40],
    ],
    all: [
      [119, 12, 34, 28, 34],
      [52, 16, 30, 30, 42],
      [52, 15, 28, 22, 37],
      [107, 16, 30, 5, 39],
      [113, 8, 32, 11, 33],
      [82, 5, 28, 35, 35],
      [15, 22, 30, 26, 39],
      [27, 16, 31, 36, 38],
      [113, 19, 33, 31, 33],
      [64, 17, 28, 30, 40],
      [113, 23, 33, 47, 40],
      [15, 25, 31, 30, 41],
      [3, 25, 31, 41, 37],
    ],
  },
};

/** Of all presets. */
export const FIXED_POINT_ROW: FixedPointRow = [42, 31, 47, 25];
