import { assertEquals, assertThrows } from "@std/assert";
import { join } from "node:path";
import { COLUMNS, type ResultRow } from "../../bench/rd/measurement.ts";
import { openResults } from "../../bench/results_table.ts";
import { FileError } from "../../files/errors.ts";

function row(image: string): ResultRow {
  return Object.fromEntries(COLUMNS.map((name) => [name, name === "image" ? image : "1"])) as ResultRow;
}

async function withFolder(work: (path: string) => void | Promise<void>): Promise<void> {
  const folder = Deno.makeTempDirSync();
  try {
    await work(join(folder, "results.tsv"));
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

Deno.test("openResults() keeps rows as they are added and removed", () =>
  withFolder((path) => {
    const table = openResults(path);
    table.append(row("a"));
    assertEquals(openResults(path).rows, [row("a")]);
    table.append(row("b"));
    assertEquals(table.rows, [row("a"), row("b")]);
    assertEquals(openResults(path).rows, table.rows);
    table.remove(table.rows[0]);
    assertEquals(openResults(path).rows, [row("b")]);
  }));

Deno.test("openResults() removes a last line that a kill cut off, wherever it was cut", () =>
  withFolder((path) => {
    openResults(path).append(row("a"));
    const whole = Deno.readTextFileSync(path);
    for (const tail of ["b", "b\t1\t1", whole.split("\n")[1]]) {
      Deno.writeTextFileSync(path, whole + tail);
      const table = openResults(path);
      assertEquals(table.rows, [row("a")]);
      assertEquals(Deno.readTextFileSync(path), whole);
    }
    Deno.writeTextFileSync(path, whole.slice(0, 20));
    assertEquals(openResults(path).rows, []);
  }));

Deno.test("openResults() refuses another table and leaves it as it is", () =>
  withFolder((path) => {
    Deno.writeTextFileSync(path, "image\tbpp\na\t1\n");
    assertThrows(() => openResults(path), FileError, "expected a table with the columns codec");
    assertEquals(Deno.readTextFileSync(path), "image\tbpp\na\t1\n");
  }));
