import { assertAlmostEquals, assertEquals } from "@std/assert";
import { ENCODE_CASES, runCase } from "../../../bench/check/cases.ts";
import { PRESET_NAMES } from "../../../mod.ts";
import { drawSample } from "../../../samples/draw_sample.ts";

Deno.test("runCase() gives the same every time, and a loss of its size and PSNR", async () => {
  const options = { preset: "lop", lambda: 0.01, iterations: 5 } as const;
  const small = { name: "small", picture: () => drawSample({ width: 24, height: 16 }), options };
  const [first, second] = [await runCase(small), await runCase(small)];
  assertEquals(first, second);
  const expected = 10 ** (-first.psnrDb / 10) + 0.01 * 8 * first.bytes / (24 * 16);
  assertAlmostEquals(first.loss, expected, 1e-12);
});

Deno.test("the fixed set has different names and every preset", () => {
  assertEquals(new Set(ENCODE_CASES.map(({ name }) => name)).size, ENCODE_CASES.length);
  assertEquals(new Set(ENCODE_CASES.map(({ options }) => options.preset)), new Set(PRESET_NAMES));
});
