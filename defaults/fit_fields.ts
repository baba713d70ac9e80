/** Fits what is expected of the fields of groups: the rows of table 3 that code those of trained files in the fewest bits. */

import type { FixedPointRow } from "../bitstream/fixed_point_fields.ts";
import {
  expectationOf,
  type FieldRow,
  type GroupFields,
  ROW_BITS,
  SHARE_BITS,
  SPREAD_PER_STEP,
  ZERO_SPREAD,
} from "../bitstream/group_fields.ts";
import type { FixedPoint } from "../bitstream/quantised_model.ts";
import { SCALE_COUNT } from "../bitstream/probability_table.ts";
import { RUN_COSTS, symbolCostBits } from "../codec/symbol_cost.ts";

/** Counted beside the files' values, at their median and so far on both sides of it: a few files do not make it certain. */
const UNSEEN = { distance: 3, weight: 0.5 } as const;
/** Units of a row in a whole: of its share of zeros, of its expectations. */
const [SHARES, UNITS] = [1 << SHARE_BITS, 1 << ROW_BITS];

/** The row for one group, by its fields in trained files. */
export function fitFieldRow(files: readonly GroupFields[]): FieldRow {
  const used = files.filter(({ spread }) => spread !== ZERO_SPREAD);
  const zero = Math.round(SHARES * (files.length - used.length + 0.5) / (files.length + 1));
  const step = fitSymbol(used.map(({ stepBits }) => stepBits));
  const spread = fitSymbol(used.map(({ stepBits, spread }) => spread - SPREAD_PER_STEP * stepBits));
  return [Math.max(1, Math.min(SHARES - 1, zero)), step.expectation, step.scale, spread.expectation, spread.scale];
}

/** The row for the fractional bits of planes and layers, by those of trained files. */
export function fitFixedPointRow(files: readonly FixedPoint[]): FixedPointRow {
  const [plane, layer] = [files.map(({ planeBits }) => planeBits), files.flatMap(({ layerBits }) => layerBits)]
    .map(fitSymbol);
  return [plane.expectation, plane.scale, layer.expectation, layer.scale];
}

/** The expectation, in units of a row, and the scale that make symbols cheapest. */
function fitSymbol(values: readonly number[]): { expectation: number; scale: number } {
  const sorted = [...values].sort((a, b) => a - b);
  const median = sorted[sorted.length >> 1] ?? 0;
  const { distance, weight } = UNSEEN;
  const counts = [
    ...values.map((value) => ({ value, weight: 1 })),
    ...[-distance, 0, distance].map((away) => ({ value: median + away, weight })),
  ];
  let best = { expectation: 0, scale: 0, bits: Infinity };
  for (let expectation = UNITS * (median - 3); expectation <= UNITS * (median + 3); expectation++) {
    for (let scale = 0; scale < SCALE_COUNT; scale++) {
      const { mu } = expectationOf(expectation, scale);
      const bits = counts.reduce(
        (sum, { value, weight }) => sum + weight * symbolCostBits(value, mu, scale, RUN_COSTS[0]),
        0,
      );
      if (bits < best.bits) best = { expectation, scale, bits };
    }
  }
  return best;
}
