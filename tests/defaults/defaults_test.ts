/** `deno task defaults` on tiny crops, as a process. */

import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { join } from "node:path";
import { PRESETS } from "../../bitstream/architecture.ts";
import { learnedCount, TABLE_SHAPE } from "../../bitstream/defaults.ts";
import { parameterCount, parameterGroups } from "../../bitstream/parameters.ts";
import { rowIntegers, TABLE_1, TABLE_2, tableSource } from "../../defaults/table_file.ts";
import type { TrainedRow } from "../../defaults/row_file.ts";
import { benchCommand, withPictures } from "../bench/pictures.ts";

const COUNT = learnedCount(parameterGroups(PRESETS.lop, TABLE_SHAPE));
const ARGUMENTS = [
  ...["--images", "images", "--work", "rows", "--presets", "lop", "--crops", "2", "--size", "64"],
  ...["--iterations", "6", "--threads", "1", "--table", "table.ts", "--provenance", "provenance.json"],
];

Deno.test("rowIntegers() rounds to the finest steps, and refuses what 16 bits cannot hold", () => {
  const parameters = Array.from({ length: COUNT }, (_, i): number => i === 0 ? -0.75 : i === COUNT - 1 ? 0.9 : 0.001);
  const integers = rowIntegers("lop", parameters, false);
  assertEquals([integers[0], integers[1], integers[COUNT - 1]], [-192, 0, 3686]);
  assertThrows(() => rowIntegers("lop", parameters.slice(1), false), RangeError, `expected ${COUNT} parameters`);
  assertThrows(() => rowIntegers("lop", parameters.with(3, 200), false), RangeError, "received 200 in lop");
});

Deno.test("deno task defaults trains three rows, goes on where it was stopped, and writes table and record", async () => {
  await withPictures(async (folder) => {
    const first = await benchCommand("../defaults/main.ts", folder, ARGUMENTS);
    assertEquals([first.code, first.stdout], [0, "table.ts: lop\n"], first.stderr);
    const rowPath = (row: number) => join(folder, "rows", `lop-${row}.json`);
    const rows = [0, 1, 2].map((row): TrainedRow => JSON.parse(Deno.readTextFileSync(rowPath(row))));
    assertEquals(rows.map(({ settings }) => settings.lambda), [0.0005, 0.003, 0.018]);
    assertEquals(rows.map(({ settings }) => settings.iterations), [4, 6, 4]);
    assertEquals(rows[0].settings.images, ["one.png", "two.png"]);
    assert(rows.every(({ parameters }) => parameters.length === COUNT && parameters.every(Number.isFinite)));
    assertEquals(Deno.readTextFileSync(join(folder, "table.ts")), tableSource([{ preset: "lop", rows }], TABLE_1));
    const record = JSON.parse(Deno.readTextFileSync(join(folder, "provenance.json")));
    assertEquals(record.images, ["one.png", "two.png"]);
    assertEquals(record.rows.map(({ lambda }: { lambda: number }) => lambda), [0.0005, 0.003, 0.018]);

    // A row that is missing is made again, and comes out the same; the others are taken as they are.
    const kept = Deno.readTextFileSync(rowPath(1)).replace('"device":"', '"device":"kept, ');
    Deno.writeTextFileSync(rowPath(1), kept);
    Deno.removeSync(rowPath(2));
    const again = await benchCommand("../defaults/main.ts", folder, ARGUMENTS);
    assertEquals(again.code, 0, again.stderr);
    assertEquals(Deno.readTextFileSync(rowPath(1)), kept);
    assertEquals(JSON.parse(Deno.readTextFileSync(rowPath(2))).parameters, rows[2].parameters);

    // The synthesis is trained around the decoder's own table 1, and has rows of its own.
    const synthesis = await benchCommand("../defaults/main.ts", folder, [...ARGUMENTS, "--synthesis"]);
    assertEquals(synthesis.code, 0, synthesis.stderr);
    const trained = [0, 1, 2].map((row): TrainedRow =>
      JSON.parse(Deno.readTextFileSync(join(folder, "rows", `lop-synthesis-${row}.json`)))
    );
    const all = parameterCount(parameterGroups(PRESETS.lop, TABLE_SHAPE));
    assert(trained.every(({ parameters }) => parameters.length === all - COUNT && parameters.every(Number.isFinite)));
    assertEquals(
      Deno.readTextFileSync(join(folder, "table.ts")),
      tableSource([{ preset: "lop", rows: trained }], TABLE_2),
    );
    assertEquals(
      JSON.parse(Deno.readTextFileSync(join(folder, "provenance.json"))).command,
      "deno task defaults --synthesis",
    );

    const other = await benchCommand("../defaults/main.ts", folder, [...ARGUMENTS, "--seed", "2"]);
    assertEquals(other.code, 2);
    assertStringIncludes(other.stderr, "expected a row of");
  }, 32);
});
