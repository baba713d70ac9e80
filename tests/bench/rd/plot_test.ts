import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { clipSegment, spread } from "../../../bench/rd/plot_geometry.ts";
import { ratePlot, type Series } from "../../../bench/rd/plot.ts";

const BOX = { x: { low: 0, high: 10 }, y: { low: 0, high: 10 } };

Deno.test("clipSegment() keeps the part within the rectangle", () => {
  assertEquals(clipSegment({ x: 1, y: 2 }, { x: 3, y: 4 }, BOX), [{ x: 1, y: 2 }, { x: 3, y: 4 }]);
  assertEquals(clipSegment({ x: -5, y: 5 }, { x: 15, y: 5 }, BOX), [{ x: 0, y: 5 }, { x: 10, y: 5 }]);
  assertEquals(clipSegment({ x: 5, y: 5 }, { x: 5, y: 25 }, BOX), [{ x: 5, y: 5 }, { x: 5, y: 10 }]);
  assertEquals(clipSegment({ x: -1, y: 5 }, { x: 5, y: 12 }, BOX)?.map(({ y }) => Math.round(y)), [6, 10]);
  assertEquals(clipSegment({ x: -9, y: 5 }, { x: 5, y: 22 }, BOX), undefined);
  assertEquals(clipSegment({ x: 11, y: 0 }, { x: 11, y: 9 }, BOX), undefined);
});

Deno.test("spread() keeps order, distance and, where there is room, the bounds", () => {
  const places = spread([50, 51, 10, 52, 99], { gap: 10, low: 0, high: 100 });
  assertEquals(places, [50, 60, 10, 70, 99]);
  const low = spread([98, 99, 100], { gap: 10, low: 0, high: 100 });
  assertEquals(low, [80, 90, 100]);
});

const SIZE = { width: 600, height: 300, label: "test" };
const OURS: Series = { name: "ours", family: "ours", points: [{ bpp: 0.2, psnrDb: 30 }, { bpp: 0.8, psnrDb: 36 }] };

Deno.test("ratePlot() draws every curve within its frame, with escaped names and the values of its points", () => {
  const far = [{ bpp: 0.001, psnrDb: 20 }, { bpp: 50, psnrDb: 60 }];
  const svg = ratePlot([{ name: "a<b & c", family: "standard", points: far }, OURS], SIZE);
  assert(svg.includes("a&lt;b &amp; c") && !svg.includes("a<b"));
  assert(svg.includes("<title>ours: 0.2000 bpp, 30.000 dB</title>"));
  const lines = [...svg.matchAll(/points="([^"]+)"/g)].map(([, points]) =>
    points.split(" ").map((point) => point.split(",").map(Number))
  );
  assertEquals(lines.length, 2);
  const grid = [...svg.matchAll(/class="grid" x1="([\d.]+)" x2="([\d.]+)" y1="([\d.]+)" y2="([\d.]+)"/g)]
    .map((match) => match.slice(1).map(Number));
  const [low, high] = grid.find(([x1, x2]) => x1 < x2)!;
  const [, , top, bottom] = grid.find(([x1, x2]) => x1 === x2)!;
  for (const [x, y] of lines.flat()) assert(x >= low && x <= high && y >= top && y <= bottom, `${x},${y}`);
  // Equal factors of rate are equal distances: the margin is a factor of 1.5 on both sides of 0.2 to 0.8.
  const [[left], [right]] = lines[1];
  assertAlmostEquals(right - left, (high - low) * Math.log(4) / Math.log(4 * 1.5 ** 2), 0.11);
});

Deno.test("ratePlot() leaves out lossless points and curves elsewhere, and needs a point of ours", () => {
  const lossless = { ...OURS, points: [...OURS.points, { bpp: 3, psnrDb: Infinity }] };
  const elsewhere: Series = {
    name: "elsewhere",
    family: "peer",
    points: [{ bpp: 7, psnrDb: 50 }, { bpp: 9, psnrDb: 52 }],
  };
  const svg = ratePlot([lossless, elsewhere], SIZE);
  assert(!/NaN|Infinity|elsewhere/.test(svg));
  assertThrows(() => ratePlot([elsewhere], SIZE), RangeError, "expected a point of ours");
});

Deno.test("ratePlot() draws a single point", () => {
  const svg = ratePlot([{ ...OURS, points: OURS.points.slice(0, 1) }], SIZE);
  assert(svg.includes("<circle") && !svg.includes("NaN"));
});
