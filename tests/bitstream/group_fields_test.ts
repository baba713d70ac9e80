/** Fields of groups: plain and learned ones, and the table of these. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { type PresetName, PRESETS } from "../../bitstream/architecture.ts";
import { BitstreamError } from "../../bitstream/errors.ts";
import { FIELD_TABLE } from "../../bitstream/field_table.ts";
import {
  decodeFields,
  encodeFields,
  type ExpectedFields,
  expectedFields,
  type GroupFields,
  MAX_SPREAD,
  ZERO_SPREAD,
} from "../../bitstream/group_fields.ts";
import { parameterGroups } from "../../bitstream/parameters.ts";
import { SCALE_COUNT } from "../../bitstream/probability_table.ts";
import { RangeDecoder, RangeEncoder } from "../../bitstream/range_coder.ts";

const SHAPE = { width: 96, height: 64, channels: 3, topLevel: 6 };

function coded(fields: GroupFields, expected: ExpectedFields | undefined, maxStepBits: number): GroupFields {
  const coder = new RangeEncoder();
  encodeFields(coder, fields, expected);
  const bytes = coder.finish();
  return decodeFields(new RangeDecoder(bytes, 0, bytes.length), { maxStepBits }, expected);
}

/** All rows of the table, with the largest step of their groups. */
function allRows(): { expected: ExpectedFields; maxStepBits: number }[] {
  return (Object.keys(FIELD_TABLE) as PresetName[]).flatMap((preset) =>
    [false, true].filter((synthesis) => !synthesis || FIELD_TABLE[preset]?.all).flatMap((synthesis) => {
      const groups = parameterGroups(PRESETS[preset], SHAPE);
      const rows = expectedFields(PRESETS[preset], { position: 0, synthesis, fields: true })!;
      assertEquals(rows.length, groups.length);
      return rows.map((expected, g) => ({ expected, maxStepBits: groups[g].maxStepBits }));
    })
  );
}

Deno.test("decodeFields() restores every step and spread, plain and around every row of the table", () => {
  for (const { expected, maxStepBits } of [{ expected: undefined, maxStepBits: 12 }, ...allRows()]) {
    for (let stepBits = 0; stepBits <= maxStepBits; stepBits++) {
      for (let spread = 0; spread <= MAX_SPREAD; spread++) {
        assertEquals(coded({ stepBits, spread }, expected, maxStepBits), { stepBits, spread });
      }
    }
  }
});

Deno.test("a group of zeros keeps its plain step, and has the finest one where fields are learned", () => {
  assertEquals(coded({ stepBits: 3, spread: ZERO_SPREAD }, undefined, 8), { stepBits: 3, spread: ZERO_SPREAD });
  const [{ expected }] = allRows();
  assertEquals(coded({ stepBits: 3, spread: ZERO_SPREAD }, expected, 8), { stepBits: 8, spread: ZERO_SPREAD });
});

Deno.test("decodeFields() refuses steps and spreads out of range", () => {
  const [{ expected }] = allRows();
  const refuse = (fields: GroupFields, learned: ExpectedFields | undefined, part: string) =>
    assertThrows(() => coded(fields, learned, 8), BitstreamError, part);
  for (const learned of [undefined, expected]) {
    refuse({ stepBits: 9, spread: 4 }, learned, "stepBits: expected 0..8, received 9");
    refuse({ stepBits: 4, spread: 62 }, learned, "spread: expected 0..61 or 63, received 62");
  }
  refuse({ stepBits: -1, spread: 4 }, expected, "received -1");
  refuse({ stepBits: 4, spread: -1 }, expected, "received -1");
});

Deno.test("the table of fields has lop, mop and hop, and rows within their ranges", () => {
  assertEquals(Object.keys(FIELD_TABLE).sort(), ["hop", "lop", "mop"]);
  for (const { withoutSynthesis, all = [] } of Object.values(FIELD_TABLE)) {
    for (const [zero, , stepScale, , spreadScale] of [...withoutSynthesis, ...all]) {
      assert(zero > 0 && zero < 128);
      assert([stepScale, spreadScale].every((scale) => scale >= 0 && scale < SCALE_COUNT));
    }
  }
});

Deno.test("expectedFields() are there with learned fields only, for decoders that have some", () => {
  assertEquals(expectedFields(PRESETS.mop, undefined), undefined);
  assertEquals(expectedFields(PRESETS.mop, { position: 0, synthesis: false, fields: false }), undefined);
  const learned = { position: 0, synthesis: false, fields: true };
  assertThrows(() => expectedFields(PRESETS.vhop, learned), RangeError, "no learned defaults");
  assertThrows(() => expectedFields({ ...PRESETS.mop, contexts: 9 }, learned), RangeError, "no learned defaults");
});
