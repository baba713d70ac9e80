/**
 * `deno run -A bench/drawn_pictures.ts FOLDER`: writes pictures of few colours, 256x192, that are drawn by program: what learned
 * defaults have never seen.
 */

import { join } from "node:path";
import { ArgumentError } from "../cli/errors.ts";
import { writePng } from "../files/png_writer.ts";
import { writeFile } from "../files/write_file.ts";
import type { Image } from "../mod.ts";
import { randomSource } from "../tests/random.ts";
import { runCommand } from "./command.ts";
import { makeFolder } from "./pictures.ts";

const [WIDTH, HEIGHT] = [256, 192];
/** How many times some of the drawings are enlarged: pictures of blocks that are not as random as `blocks`. */
const ENLARGEMENTS = [2, 4, 8];

type Colour = readonly number[];
/** The colour of each pixel. */
type Drawing = (x: number, y: number) => Colour;

const [BLACK, WHITE]: readonly Colour[] = [[0, 0, 0], [255, 255, 255]];

/** Draws all pictures, by name; they are always the same. */
export function drawnPictures(): Map<string, Image> {
  const random = randomSource(7);
  const palette = Array.from({ length: 16 }, () => [0, 1, 2].map(() => Math.floor(256 * random())));
  const [rectangular, lines] = [rectangles(random, palette), lineArt(random)];
  const drawings: [string, Drawing][] = [
    ["rectangles", rectangular],
    ["line_art", lines],
    ["blocks8", blocks(random, palette)],
    ["stripes8", stripes(palette)],
    ...ENLARGEMENTS.flatMap((times): [string, Drawing][] => [
      [`rectangles_x${times}`, enlarged(rectangular, times)],
      [`line_art_x${times}`, enlarged(lines, times)],
    ]),
  ];
  return new Map(drawings.map(([name, colourAt]) => [`${name}_${WIDTH}x${HEIGHT}`, pictureOf(colourAt)]));
}

/** Forty rectangles, one over the other, of up to sixteen colours. */
function rectangles(random: () => number, palette: readonly Colour[]): Drawing {
  const all = Array.from({ length: 40 }, () => {
    const [left, top] = [WIDTH * random(), HEIGHT * random()];
    return { left, top, right: left + 80 * random(), bottom: top + 60 * random(), colour: Math.floor(16 * random()) };
  });
  return (x, y) => {
    const last = all.findLast((r) => x >= r.left && y >= r.top && x < r.right && y < r.bottom);
    return palette[last?.colour ?? 0];
  };
}

/** Circles and straight lines, black on white. */
function lineArt(random: () => number): Drawing {
  const circles = Array.from({ length: 14 }, () => [WIDTH * random(), HEIGHT * random(), 60 * random()]);
  const lines = Array.from({ length: 12 }, () => [random() * 2 - 1, random() * 2 - 1, (random() - 0.5) * 300]);
  const halfWidth = 0.8;
  return (x, y) => {
    const onCircle = circles.some(([a, b, radius]) => Math.abs(Math.hypot(x - a, y - b) - radius) < halfWidth);
    const onLine = lines.some(([a, b, c]) => Math.abs(a * x + b * y + c) / Math.hypot(a, b) < halfWidth);
    return onCircle || onLine ? BLACK : WHITE;
  };
}

/** Blocks of 8x8 pixels, each of one of eight colours. */
function blocks(random: () => number, palette: readonly Colour[]): Drawing {
  const columns = WIDTH / 8;
  const colours = Array.from({ length: columns * HEIGHT / 8 }, () => Math.floor(8 * random() ** 2));
  return (x, y) => palette[colours[(y >> 3) * columns + (x >> 3)]];
}

/** Curved stripes of eight colours. */
function stripes(palette: readonly Colour[]): Drawing {
  return (x, y) => palette[Math.floor(4 * (1 + Math.sin(x / 13 + 2 * Math.sin(y / 29)))) & 7];
}

/** The middle of a drawing, each of its pixels as a block of so many by so many. */
function enlarged(colourAt: Drawing, times: number): Drawing {
  const first = (size: number) => (size - size / times) / 2;
  return (x, y) => colourAt(first(WIDTH) + Math.floor(x / times), first(HEIGHT) + Math.floor(y / times));
}

function pictureOf(colourAt: Drawing): Image {
  const data = new Uint8Array(WIDTH * HEIGHT * 3);
  for (let y = 0, i = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++, i += 3) data.set(colourAt(x, y), i);
  }
  return { width: WIDTH, height: HEIGHT, channels: 3, bitDepth: 8, data };
}

function drawPictures(folder: string | undefined): Promise<number> {
  if (folder === undefined) throw new ArgumentError("expected a folder for the pictures, found none");
  makeFolder(folder);
  for (const [name, image] of drawnPictures()) writeFile(join(folder, `${name}.png`), writePng(image));
  return Promise.resolve(0);
}

if (import.meta.main) Deno.exitCode = await runCommand("drawn_pictures", () => drawPictures(Deno.args[0]));
