/** `info --latents`: pictures of the latent grids and of where the bits went. */

import { join } from "node:path";
import { FileError } from "../files/errors.ts";
import { writePng } from "../files/png_writer.ts";
import { obstacle } from "../files/read_file.ts";
import { writeFile } from "../files/write_file.ts";
import { bitMap, type Image, type LatentBits, type PricedGrid } from "../mod.ts";
import { rowsText } from "./words.ts";

/** One grid in numbers. */
export interface LatentSummary {
  /** The file written for it, without the folder. */
  readonly file: string;
  readonly level: number;
  readonly hyper: boolean;
  readonly width: number;
  readonly height: number;
  readonly bits: number;
  readonly smallest: number;
  readonly largest: number;
  /** Share of latents that are not 0, 0..1. */
  readonly nonzero: number;
}

/** All grids in numbers. */
export interface LatentReport {
  readonly grids: readonly LatentSummary[];
  readonly totalBits: number;
  /** Bits per pixel that are white in `bits.png`. */
  readonly whiteBits: number;
}

/** Share of pixels of the bit map that are not cut off at white. */
const SHOWN_SHARE = 0.999;

/**
 * Writes `latent_LEVEL.png` and `hyper_LEVEL.png` (gray 128 is 0, the largest magnitude black or white) and `bits.png` (black: no
 * bits) into a folder, which is made if it is not there. Throws a `FileError` if that fails.
 */
export function writeLatents(latents: LatentBits, folder: string): LatentReport {
  makeFolder(folder);
  const grids = latents.grids.map((grid) => {
    const summary = summarise(grid);
    writeFile(join(folder, summary.file), writePng(gridPicture(grid, summary)));
    return summary;
  });
  const map = bitMap(latents);
  const whiteBits = map.toSorted()[Math.floor(SHOWN_SHARE * (map.length - 1))] || 1;
  const data = Uint8Array.from(map, (bits) => Math.min(255, Math.round(255 * bits / whiteBits)));
  writeFile(join(folder, "bits.png"), writePng(grayPicture(latents, data)));
  return { grids, totalBits: latents.totalBits, whiteBits };
}

function makeFolder(folder: string): void {
  try {
    Deno.mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw new FileError(folder, `expected a folder to write into, found ${obstacle(error)}`, { cause: error });
  }
}

function summarise({ level, hyper, width, height, latents, bits }: PricedGrid): LatentSummary {
  return {
    file: `${hyper ? "hyper" : "latent"}_${level}.png`,
    ...{ level, hyper, width, height },
    bits: bits.reduce((a, b) => a + b, 0),
    smallest: latents.reduce((a, b) => Math.min(a, b), 0),
    largest: latents.reduce((a, b) => Math.max(a, b), 0),
    nonzero: latents.reduce((count, value) => count + Number(value !== 0), 0) / latents.length,
  };
}

function gridPicture(grid: PricedGrid, { smallest, largest }: LatentSummary): Image {
  const scale = 127 / Math.max(-smallest, largest, 1);
  return grayPicture(grid, Uint8Array.from(grid.latents, (value) => 128 + Math.round(scale * value)));
}

function grayPicture({ width, height }: { width: number; height: number }, data: Uint8Array): Image {
  return { width, height, channels: 1, bitDepth: 8, data };
}

/** The report as a table. */
export function latentWords({ grids, totalBits, whiteBits }: LatentReport, folder: string): string {
  return rowsText([
    ...grids.map((grid): [string, string] => {
      const { file, width, height, bits, smallest, largest, nonzero } = grid;
      const share = totalBits > 0 ? 100 * bits / totalBits : 0;
      const size = `${width}x${height}`.padEnd(11);
      const cost = `${bits.toFixed(1).padStart(11)} bits ${share.toFixed(1).padStart(5)} %`;
      return [join(folder, file), `${size} ${cost}  ${smallest}..${largest}, ${(100 * nonzero).toFixed(1)} % not 0`];
    }),
    [join(folder, "bits.png"), `${totalBits.toFixed(1)} bits; white: ${whiteBits.toFixed(2)} bits per pixel or more`],
  ]);
}

/** The report for programs. */
export function latentJson({ grids, totalBits, whiteBits }: LatentReport) {
  return {
    latent_bits: totalBits,
    bit_map_white: whiteBits,
    latent_grids: grids,
  };
}
