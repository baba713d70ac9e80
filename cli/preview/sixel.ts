/** A picture as sixels (DEC VT340): six rows at a time, one colour after another; 216 colours and ordered dither. */

import { cubeStep, type Pixels } from "./pixels.ts";

const BAND = 6;
/** Thresholds of ordered dither, 0..15. */
const BAYER = [0, 8, 2, 10, 12, 4, 14, 6, 3, 11, 1, 9, 15, 7, 13, 5];
/** Distance of two steps of the colour cube. */
const STEP = 51;

/** The escape sequence that draws the picture. */
export function sixelText(pixels: Pixels): string {
  const { width, height } = pixels;
  const indices = dithered(pixels);
  const used = [...new Set(indices)].sort((a, b) => a - b);
  const bands: string[] = [];
  for (let top = 0; top < height; top += BAND) {
    const rows = indices.subarray(top * width, Math.min(top + BAND, height) * width);
    // "$" goes back to the start of the band, "-" to the next one.
    bands.push([...new Set(rows)].map((colour) => `#${colour}${bandOf(rows, colour, width)}`).join("$"));
  }
  return `\x1bPq"1;1;${width};${height}${used.map(definition).join("")}${bands.join("-")}\x1b\\\n`;
}

/** A colour in percent of red, green and blue. */
function definition(colour: number): string {
  const steps = [Math.floor(colour / 36), Math.floor(colour / 6) % 6, colour % 6];
  return `#${colour};2;${steps.map((step) => 20 * step).join(";")}`;
}

/** Index of each pixel in the colour cube. */
function dithered({ width, height, data }: Pixels): Uint8Array {
  const indices = new Uint8Array(width * height);
  for (let i = 0; i < indices.length; i++) {
    const [x, y] = [i % width, Math.floor(i / width)];
    const offset = (BAYER[4 * (y & 3) + (x & 3)] + 0.5) / 16 - 0.5;
    const step = (channel: number) => cubeStep(Math.max(0, Math.min(255, data[3 * i + channel] + offset * STEP)));
    indices[i] = 36 * step(0) + 6 * step(1) + step(2);
  }
  return indices;
}

/** One colour of a band: a character per column, its six bits from the top down; runs are counted. */
function bandOf(rows: Uint8Array, colour: number, width: number): string {
  let text = "";
  let [run, last] = [0, -1];
  const flush = () => {
    const letter = String.fromCharCode(63 + last);
    text += run > 3 ? `!${run}${letter}` : letter.repeat(run);
  };
  for (let x = 0; x < width; x++) {
    let bits = 0;
    for (let row = 0; row * width < rows.length; row++) if (rows[row * width + x] === colour) bits |= 1 << row;
    if (bits !== last) {
      if (run > 0) flush();
      [run, last] = [0, bits];
    }
    run++;
  }
  flush();
  return text;
}
