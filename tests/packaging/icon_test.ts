import { assert, assertEquals } from "@std/assert";
import { iconFile } from "../../packaging/icon.ts";

Deno.test("iconFile() is an icon whose entries describe whole bitmaps that follow each other", () => {
  const file = iconFile();
  const view = new DataView(file.buffer);
  assertEquals([view.getUint16(0, true), view.getUint16(2, true), view.getUint16(4, true)], [0, 1, 2]);
  let next = 6 + 2 * 16;
  for (const [entry, side] of [32, 256].entries()) {
    const at = 6 + 16 * entry;
    assertEquals([view.getUint8(at), view.getUint8(at + 1), view.getUint16(at + 6, true)], [
      side % 256,
      side % 256,
      32,
    ]);
    assertEquals(view.getUint32(at + 12, true), next);
    assertEquals([view.getInt32(next + 4, true), view.getInt32(next + 8, true)], [side, 2 * side]);
    assertEquals(view.getUint32(at + 8, true), 40 + side * side * 4 + side * side / 8);
    next += view.getUint32(at + 8, true);
  }
  assertEquals(next, file.length);
});

Deno.test("iconFile() draws three colours on a clear ground, the single cell at the top", () => {
  const file = iconFile();
  const start = new DataView(file.buffer).getUint32(6 + 16 + 12, true) + 40;
  const pixel = (x: number, y: number) => [...file.subarray(start + 4 * ((255 - y) * 256 + x)).subarray(0, 4)];
  const colours = [43, 128, 213].map((y) => pixel(y === 128 ? 85 : 128, y));
  assertEquals(new Set(colours.map(String)).size, 3);
  for (const colour of colours) assertEquals(colour[3], 255);
  assertEquals([pixel(20, 43), pixel(0, 0)], [[0, 0, 0, 0], [0, 0, 0, 0]]);
  assert(pixel(20, 213)[3] === 255);
});
