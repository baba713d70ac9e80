/** `deno task defaults:fields`: the fit, and the command on tiny crops, as a process. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { ZERO_SPREAD } from "../../bitstream/group_fields.ts";
import { fitFieldRow } from "../../defaults/fit_fields.ts";
import { fieldTableSource } from "../../defaults/table_file.ts";
import { benchCommand, withPictures } from "../bench/pictures.ts";

const ARGUMENTS = [
  ...["--images", "images", "--work", "crops", "--crops", "4", "--size", "64", "--iterations", "4", "--threads", "1"],
  ...["--table", "table.ts", "--provenance", "provenance.json"],
];

Deno.test("fitFieldRow() expects the share of zeros, the median step, and the spread beside it", () => {
  const used = (stepBits: number, spread: number) => ({ stepBits, spread });
  const files = [used(4, 20), used(5, 22), used(5, 22), used(5, 22), used(6, 24)];
  const [zero, step, stepScale, spread, spreadScale] = fitFieldRow([...files, { stepBits: 8, spread: ZERO_SPREAD }]);
  assertEquals(zero, Math.round(128 * 1.5 / 7));
  assertEquals([step, spread], [20, 4 * (22 - 2 * 5)]);
  assert(stepScale > spreadScale, `${stepScale} and ${spreadScale}: spreads follow their steps exactly`);
  const wide = fitFieldRow([0, 3, 6, 9, 12].map((stepBits) => used(stepBits, 22)));
  assert(wide[2] > stepScale);
});

Deno.test("fitFieldRow() of zeros alone, or of no zeros, leaves room for the other", () => {
  const zeros = Array.from({ length: 500 }, () => ({ stepBits: 8, spread: ZERO_SPREAD }));
  assertEquals(fitFieldRow(zeros)[0], 127);
  assertEquals(fitFieldRow(zeros.map(() => ({ stepBits: 3, spread: 9 })))[0], 1);
});

Deno.test("fieldTableSource() names the rows of a preset, of all its networks only if there are some", () => {
  const rows = [[1, -2, 3, 4, 5]] as const;
  const other = {
    fixedPoints: [{ planeBits: 9, layerBits: [12, 12] }, { planeBits: 9, layerBits: [12, 12] }],
    files: { withoutSynthesis: 1, all: 0 },
  };
  const source = fieldTableSource([
    { preset: "lop", withoutSynthesis: rows, all: rows, ...other },
    { preset: "hop", withoutSynthesis: rows, all: undefined, ...other },
  ]);
  const row = (name: string) => `    ${name}: [\n      [1, -2, 3, 4, 5],\n    ],\n`;
  assertStringIncludes(source, `  lop: {\n${row("withoutSynthesis")}${row("all")}  },\n`);
  assertStringIncludes(source, `  hop: {\n${row("withoutSynthesis")}  },\n};\n`);
  assert(/FIXED_POINT_ROW: FixedPointRow = \[36, \d+, 48, \d+\];/.test(source), source);
});

Deno.test("deno task defaults:fields fits a table, goes on where it was stopped, and refuses other settings", async () => {
  await withPictures(async (folder) => {
    const run = (...args: string[]) => benchCommand("../defaults/fields.ts", folder, [...ARGUMENTS, ...args]);
    const first = await run();
    assertEquals([first.code, first.stdout], [0, "table.ts: 4 crops\n"], first.stderr);
    const table = Deno.readTextFileSync(join(folder, "table.ts"));
    assertEquals(table.match(/^ {2}\w+: \{/gm), ["  hop: {", "  lop: {", "  mop: {"]);
    const record = JSON.parse(Deno.readTextFileSync(join(folder, "provenance.json")));
    assertEquals([record.images, record.crops, record.sizes], [["one.png", "two.png"], 4, [64, 85, 128, 171]]);
    for (const { withoutSynthesis, all } of Object.values<Record<string, number>>(record.files)) {
      assertEquals(withoutSynthesis + all, 4);
    }

    Deno.removeSync(join(folder, "crops", "mop-1.chic"));
    const again = await run();
    assertEquals(again.code, 0, again.stderr);
    assertEquals(again.stderr.match(/\w+, crop \d of 4/g), ["mop, crop 2 of 4"]);
    assertEquals(Deno.readTextFileSync(join(folder, "table.ts")), table);

    const other = await run("--seed", "2");
    assertEquals(other.code, 2);
    assertStringIncludes(other.stderr, "expected crops of");
  }, 57);
});
