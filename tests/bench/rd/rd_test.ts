import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { readMeasurements } from "../../../bench/rd/measurement.ts";
import { readPng } from "../../../files/png.ts";
import { decode, psnrDb } from "../../../mod.ts";
import { benchCommand, type Outcome, withPictures } from "../pictures.ts";

function rd(folder: string, ...args: string[]): Promise<Outcome> {
  const fixed = [
    "--images",
    "images",
    "--out",
    "out",
    "--preset",
    "lop",
    "--effort",
    "fast",
    "--iterations",
    "4",
    "--device",
    "cpu",
  ];
  return benchCommand("rd/main.ts", folder, [...fixed, ...args]);
}

function lines(folder: string): string[] {
  return Deno.readTextFileSync(join(folder, "out", "results.tsv")).trimEnd().split("\n");
}

Deno.test("rd measures files as they are, goes on where it was, and makes one page that needs nothing else", () =>
  withPictures(async (folder) => {
    const first = await rd(folder, "--lambdas", "0.01");
    assertEquals([first.code, lines(folder).length], [0, 3], first.stderr);
    const before = lines(folder);
    const second = await rd(folder, "--lambdas", "0.01,0.001");
    assertEquals(second.code, 0, second.stderr);
    assertEquals(lines(folder).slice(0, 3), before);
    const rows = readMeasurements(join(folder, "out", "results.tsv"), "");
    assertEquals(rows.map(({ image, setting }) => `${image} ${setting}`), [
      "one 0.01",
      "two 0.01",
      "one 0.001",
      "two 0.001",
    ]);
    for (const { image, setting, bpp, psnrDb: measured } of rows) {
      const bytes = Deno.readFileSync(join(folder, "out", "files", `${image}.lop.fast.4.${setting}.0.chic`));
      const original = readPng(Deno.readFileSync(join(folder, "images", `${image}.png`)));
      assertEquals(bpp.toFixed(5), (8 * bytes.length / (32 * 24)).toFixed(5));
      assertEquals(measured.toFixed(4), psnrDb(original, decode(bytes)).toFixed(4));
    }
    const page = Deno.readTextFileSync(join(folder, "out", "report.html"));
    assertEquals([...page.matchAll(/(?:src|href)="(?!data:image\/png;base64,)|url\(|@import|<script/g)], []);
    assertEquals([...page.matchAll(/<figure>/g)].length, 2 * 3);
    assertEquals([...page.matchAll(/<svg/g)].length, 3);
    assert(!/NaN|undefined|\bInfinity/.test(page.replace(/base64,[^"]+/g, "")));
    assertStringIncludes(Deno.readTextFileSync(join(folder, "out", "averages.tsv")), "chic lop, fast 4\t2\t0.01");
  }));

Deno.test("rd encodes again what has lost its file, and compares with other tables", () =>
  withPictures(async (folder) => {
    assertEquals((await rd(folder, "--lambdas", "0.01,0.001")).code, 0);
    Deno.copyFileSync(join(folder, "out", "results.tsv"), join(folder, "other.tsv"));
    Deno.removeSync(join(folder, "out", "files", "one.lop.fast.4.0.01.0.chic"));
    const { code, stderr } = await rd(folder, "--lambdas", "0.01,0.001", "--compare", "other.tsv");
    assertEquals(code, 0, stderr);
    assertStringIncludes(stderr, "one, lambda 0.01: ");
    assert(!stderr.includes("two, lambda"), stderr);
    assertEquals(lines(folder).length, 5);
    const [, row] = Deno.readTextFileSync(join(folder, "out", "bd_rates.tsv")).split("\n");
    assertEquals(row.split("\t").slice(0, 4), ["chic lop, fast 4 (other)", "chic lop, fast 4", "0.0", "0.0"]);
  }));

Deno.test("rd refuses what it cannot use in one line and with exit code 2", () =>
  withPictures(async (folder) => {
    Deno.mkdirSync(join(folder, "empty"));
    Deno.writeTextFileSync(join(folder, "text.tsv"), "image\tcolour\na\tred\n");
    const refused: readonly (readonly [string[], string])[] = [
      [["--images", "none"], "none: expected a folder of pictures, found nothing at this path"],
      [["--images", "empty"], "empty: expected a folder with PNG files, found none in it"],
      [["--anchors", "none"], "none: expected a folder of published results, found none"],
      [["--compare", "text.tsv"], "text.tsv: expected a rate and a PSNR in row 1"],
      [["--lambdas", "0.1,x"], "Expected a number from 0.000001 to 10."],
      [["--lambdas", "0.1,0.1"], "Expected different numbers."],
    ];
    for (const [args, message] of refused) {
      const { code, stderr } = await rd(folder, ...args);
      assertEquals([code, stderr.trimEnd().split("\n").length], [2, 1], stderr);
      assertStringIncludes(stderr, message);
    }
  }));
