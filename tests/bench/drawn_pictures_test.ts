import { assert, assertEquals } from "@std/assert";
import { drawnPictures } from "../../bench/drawn_pictures.ts";
import type { Image } from "../../mod.ts";

function coloursOf({ data }: Image): number {
  const colours = new Set<number>();
  for (let i = 0; i < data.length; i += 3) colours.add(data[i] << 16 | data[i + 1] << 8 | data[i + 2]);
  return colours.size;
}

Deno.test("drawnPictures() draws pictures of few colours, always the same", () => {
  const pictures = [...drawnPictures()];
  assertEquals(pictures.map(([name, image]) => [name, coloursOf(image)]), [
    ["rectangles_256x192", 12],
    ["line_art_256x192", 2],
    ["blocks8_256x192", 8],
    ["stripes8_256x192", 8],
  ]);
  for (const [name, { width, height, data }] of pictures) {
    assert(name.endsWith(`_${width}x${height}`) && data.length === 3 * width * height);
  }
  assertEquals([...drawnPictures()], pictures);
});

Deno.test("drawnPictures() has blocks of one colour where it says so", () => {
  const { data } = drawnPictures().get("blocks8_256x192")!;
  const colourAt = (x: number, y: number) => [...data.subarray(3 * (y * 256 + x), 3 * (y * 256 + x) + 3)];
  for (let y = 0; y < 192; y++) {
    for (let x = 0; x < 256; x += 5) assertEquals(colourAt(x, y), colourAt(x & ~7, y & ~7));
  }
});
