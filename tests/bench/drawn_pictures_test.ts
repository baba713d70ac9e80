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
    ["rectangles_x2_256x192", 10],
    ["line_art_x2_256x192", 2],
    ["rectangles_x4_256x192", 5],
    ["line_art_x4_256x192", 2],
    ["rectangles_x8_256x192", 2],
    ["line_art_x8_256x192", 2],
  ]);
  for (const [name, { width, height, data }] of pictures) {
    assert(name.endsWith(`_${width}x${height}`) && data.length === 3 * width * height);
  }
  assertEquals([...drawnPictures()], pictures);
});

function colourAt({ data }: Image, x: number, y: number): number[] {
  return [...data.subarray(3 * (y * 256 + x), 3 * (y * 256 + x) + 3)];
}

Deno.test("drawnPictures() has blocks of one colour where it says so", () => {
  const pictures = drawnPictures();
  const sides: [string, number][] = [["blocks8", 8], ["rectangles_x2", 2], ["line_art_x4", 4], ["rectangles_x8", 8]];
  for (const [name, side] of sides) {
    const picture = pictures.get(`${name}_256x192`)!;
    for (let y = 0; y < 192; y++) {
      for (let x = 0; x < 256; x += 5) {
        assertEquals(colourAt(picture, x, y), colourAt(picture, x - x % side, y - y % side), `${name} ${x} ${y}`);
      }
    }
  }
});

Deno.test("drawnPictures() enlarges the middle of a drawing", () => {
  const pictures = drawnPictures();
  const [drawing, enlarged] = ["rectangles_256x192", "rectangles_x4_256x192"].map((name) => pictures.get(name)!);
  for (let y = 0; y < 48; y++) {
    for (let x = 0; x < 64; x++) {
      assertEquals(colourAt(enlarged, 4 * x, 4 * y), colourAt(drawing, 96 + x, 72 + y), `${x} ${y}`);
    }
  }
});
