import { assert, assertEquals, assertRejects } from "@std/assert";
import { PngCrew } from "../../files/png_crew.ts";
import { readPng } from "../../files/png.ts";
import { writePng } from "../../files/png_writer.ts";
import { testPicture } from "./png_maker.ts";

Deno.test("PngCrew writes what writePng() writes, whatever the number of threads", async () => {
  const picture = testPicture(1200, 1000);
  const expected = writePng(picture);
  assertEquals(readPng(expected), picture);
  for (const threads of [1, 2, 3]) {
    using crew = new PngCrew(threads);
    assertEquals(await crew.write(picture), expected);
  }
});

Deno.test("PngCrew writes 16-bit pictures of many bands and pictures of one row", async () => {
  using crew = new PngCrew(2);
  const data = Uint16Array.from({ length: 700 * 1100 }, (_, i) => (i * i) >> 7);
  const deep = { width: 700, height: 1100, channels: 1, bitDepth: 12, data: data.map((value) => value & 4095) };
  const row = { width: 5, height: 1, channels: 1, bitDepth: 8, data: Uint8Array.of(1, 2, 3, 4, 5) };
  for (const picture of [deep, row]) assertEquals(await crew.write(picture), writePng(picture));
});

Deno.test("PngCrew refuses what writePng() refuses, and stays of use", async () => {
  using crew = new PngCrew(2);
  const picture = { width: 1, height: 1, channels: 2, bitDepth: 8, data: Uint8Array.of(1, 2) };
  await assertRejects(() => crew.write(picture), RangeError, "expected 1 or 3 channels");
  const good = { ...picture, channels: 1, width: 2 };
  assert((await crew.write(good)).length > 8);
});
