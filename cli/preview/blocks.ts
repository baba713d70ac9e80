/** A picture as text: each character is two pixels, one above the other. */

import { cubeStep, type Pixels } from "./pixels.ts";

/** Colours that a terminal has. */
export type ColourSet = "full" | "256" | "none";

const RESET = "\x1b[0m";
const UPPER_HALF = "▀";
const SHADES = " ░▒▓█";

/** Lines of half blocks in colour, or of shades without; each ends with a line break. */
export function blockText(pixels: Pixels, colours: ColourSet): string {
  const { width, height } = pixels;
  const lines: string[] = [];
  for (let y = 0; y < height; y += 2) {
    const cells = Array.from({ length: width }, (_, x) => cell(pixels, { x, y, colours }));
    lines.push(cells.join("") + (colours === "none" ? "" : RESET));
  }
  return lines.map((line) => `${line}\n`).join("");
}

function cell(pixels: Pixels, { x, y, colours }: { x: number; y: number; colours: ColourSet }): string {
  const upper = colourAt(pixels, x, y);
  const lower = y + 1 < pixels.height ? colourAt(pixels, x, y + 1) : undefined;
  if (colours === "none") return shade(lower ? upper.map((sample, i) => (sample + lower[i]) / 2) : upper);
  const background = lower ? `\x1b[48;${colourCode(lower, colours)}m` : "\x1b[49m";
  return `\x1b[38;${colourCode(upper, colours)}m${background}${UPPER_HALF}`;
}

function colourAt({ width, data }: Pixels, x: number, y: number): number[] {
  const at = 3 * (y * width + x);
  return [...data.subarray(at, at + 3)];
}

function colourCode(colour: readonly number[], colours: ColourSet): string {
  if (colours === "full") return `2;${colour.join(";")}`;
  const [red, green, blue] = colour.map(cubeStep);
  return `5;${16 + 36 * red + 6 * green + blue}`;
}

function shade([red, green, blue]: readonly number[]): string {
  const luma = 0.299 * red + 0.587 * green + 0.114 * blue;
  return SHADES[Math.min(SHADES.length - 1, Math.floor(luma * SHADES.length / 256))];
}
