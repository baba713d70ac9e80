import { assertAlmostEquals, assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { compareWithComplete, lossOf } from "../../../bench/ablations/compare.ts";
import { COMPLETE, variationsOf } from "../../../bench/ablations/variations.ts";
import { COLUMNS, type ResultRow } from "../../../bench/rd/measurement.ts";
import { INGREDIENTS } from "../../../mod.ts";
import { benchCommand, withPictures } from "../pictures.ts";

function row(codec: string, image: string, latentBits: number): ResultRow {
  const cells = new Map<string, string>([
    ["codec", codec],
    ["image", image],
    ["lambda", "0.01"],
    ["preset", "lop"],
    ["iterations", "9"],
    ["n_pixels", "100"],
    ["psnr_db", "20"],
    ["latent_bits", `${latentBits}`],
    ["network_bits", "50"],
    ["mac_per_pixel", "7"],
  ]);
  return Object.fromEntries(COLUMNS.map((name) => [name, cells.get(name) ?? "0"])) as ResultRow;
}

Deno.test("lossOf() is MSE plus lambda times bits per pixel", () => {
  assertAlmostEquals(lossOf(row("", "", 150)), 0.01 + 0.01 * 2, 1e-12);
});

Deno.test("compareWithComplete() averages ratios of the same runs, and leaves runs without a partner out", () => {
  const rows = [
    row(COMPLETE, "a", 50),
    row(COMPLETE, "b", 150),
    row("less", "a", 50), // the loss is as it was
    row("less", "b", 393), // 0.03 -> 0.0543
    row("less", "c", 9999),
    { ...row(COMPLETE, "c", 9), iterations: "10" },
    { ...row(COMPLETE, "c", 9), lambda: "0.02" },
  ];
  assertEquals(compareWithComplete(rows, { preset: "lop", lambda: 0.01, iterations: 9 }), [
    [COMPLETE, "0.0", "0.0", "2", "50", "7"],
    ["less", "34.5", "29.7", "2", "50", "7"],
  ]);
});

Deno.test("variationsOf() leaves out every ingredient once alone", () => {
  const alone = [...variationsOf("mop").values()].flatMap(({ without }) => without?.length === 1 ? without : []);
  assertEquals(alone, [...INGREDIENTS]);
});

Deno.test("ablations makes a row for each variation, once", () =>
  withPictures(async (folder) => {
    Deno.removeSync(join(folder, "images", "two.png"));
    const args = ["--images", "images", "--out", "out/table.tsv", "--preset", "lop", "--threads", "1"];
    const run = () => benchCommand("ablations/main.ts", folder, [...args, "--seeds", "3", "--iterations", "40"]);
    const first = await run();
    assertEquals(first.code, 0, first.stderr);
    const text = Deno.readTextFileSync(join(folder, "out", "table.tsv"));
    assertEquals(text.trimEnd().split("\n").length, 1 + variationsOf("lop").size);
    assertStringIncludes(first.stdout, "Adam in place of SOAP");
    const second = await run();
    assertEquals([second.code, second.stderr, second.stdout], [0, "", first.stdout]);
    assertEquals(Deno.readTextFileSync(join(folder, "out", "table.tsv")), text);
    assertNotEquals(first.stdout, "");
    const only = await benchCommand("ablations/main.ts", folder, [
      ...["--images", "images", "--out", "only.tsv", "--preset", "lop", "--iterations", "2", "--seeds", "0"],
      ...["--only", "no learned defaults"],
    ]);
    assertEquals(only.code, 0, only.stderr);
    assertEquals(Deno.readTextFileSync(join(folder, "only.tsv")).trimEnd().split("\n").length, 1 + 2);
    const wrong = await benchCommand("ablations/main.ts", folder, [
      ...["--images", "images", "--out", "wrong.tsv", "--only", "no such thing"],
    ]);
    assertEquals(wrong.code, 2);
    assertStringIncludes(wrong.stderr, "found no such thing");
  }));
