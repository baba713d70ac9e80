/** `deno task defaults:restoration` on tiny crops, as a process. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { CLASSES, PAIRS } from "../../bitstream/restoration.ts";
import { restorationTableSource } from "../../defaults/table_file.ts";
import { benchCommand, withPictures } from "../bench/pictures.ts";

const ARGUMENTS = [
  ...["--images", "images", "--work", "crops", "--crops", "3", "--size", "64", "--iterations", "60", "--threads", "1"],
  ...["--table", "table.ts", "--provenance", "provenance.json"],
];

Deno.test("restorationTableSource() rounds weights to Q8, and cuts off what a signed byte cannot hold", () => {
  const source = restorationTableSource(Float64Array.of(0.25, -0.25, 0.001, 0.003, 2, -2));
  const bytes = Uint8Array.fromBase64(source.match(/"([^"]+)";/)![1]);
  assertEquals([...new Int8Array(bytes.buffer)], [64, -64, 0, 1, 127, -128]);
});

Deno.test("deno task defaults:restoration fits a table, goes on where it was stopped, and refuses other settings", async () => {
  await withPictures(async (folder) => {
    const run = (...args: string[]) => benchCommand("../defaults/restoration.ts", folder, [...ARGUMENTS, ...args]);
    const first = await run();
    assertEquals([first.code, first.stdout], [0, "table.ts: 3 crops\n"], first.stderr);
    const table = Deno.readTextFileSync(join(folder, "table.ts"));
    const weights = Uint8Array.fromBase64(table.match(/"([^"]+)";/)![1]);
    assertEquals(weights.length, CLASSES * PAIRS);
    assert(weights.some((weight) => weight !== 0));
    const record = JSON.parse(Deno.readTextFileSync(join(folder, "provenance.json")));
    assertEquals([record.images, record.crops], [["one.png", "two.png"], 3]);

    Deno.removeSync(join(folder, "crops", "restoration-1.chic"));
    const again = await run();
    assertEquals(again.code, 0, again.stderr);
    assertEquals(again.stderr.match(/crop \d of 3/g), ["crop 2 of 3"]);
    assertEquals(Deno.readTextFileSync(join(folder, "table.ts")), table);

    const other = await run("--seed", "2");
    assertEquals(other.code, 2);
    assertStringIncludes(other.stderr, "expected crops of");
  }, 64);
});
