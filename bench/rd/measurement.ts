/** One picture through one codec at one setting: what every table of results here has a row of. */

import { FileError } from "../../files/errors.ts";
import { parseTable, readText, type TableRow } from "./table_file.ts";
import type { RatePoint } from "./bd_rate.ts";

/** A row of results. Text is empty and numbers are `undefined` where a codec has no such thing. */
export interface Measurement extends RatePoint {
  /** Name of the curve that the row belongs to. */
  readonly codec: string;
  /** File name of the picture without extension; empty for the average of a set. */
  readonly image: string;
  /** What tells the points of a curve apart: a lambda or a quality. */
  readonly setting: string;
  /** Weight of the picture where errors are averaged: its pixels; 1 where they are not known. */
  readonly pixels: number;
  readonly msSsim: number | undefined;
  /** All other columns as they are. */
  readonly row: TableRow;
}

/** Columns of the tables that this program writes; `bpp`, `psnr_db`, `lambda`, `image` and `n_pixels` are common names for it. */
export const COLUMNS = [
  "codec",
  "image",
  "lambda",
  "quality",
  "preset",
  "effort",
  "iterations",
  "seed",
  "width",
  "height",
  "n_pixels",
  "bytes",
  "bpp",
  "psnr_db",
  "ms_ssim",
  "latent_bits",
  "network_bits",
  "seconds",
  "decode_seconds",
  "mac_per_pixel",
  "device",
  "commit",
] as const;

/** A row that this program writes. */
export type ResultRow = Readonly<Record<typeof COLUMNS[number], string>>;

const RATE_COLUMNS = ["bpp", "rate_bpp"];
const QUALITY_COLUMNS = ["psnr_db", "psnr"];
const IMAGE_COLUMNS = ["image", "seq_name", "seq"];
const SETTING_COLUMNS = ["lambda", "lmbda", "quality"];

/**
 * The rows of a table of ours or of published results: it needs a rate (`bpp` or `rate_bpp`) and a PSNR (`psnr_db` or `psnr`); a
 * table without pictures is one curve of averages. `codec` is the name for tables without such a column. Throws a
 * `FileError`.
 */
export function readMeasurements(path: string, codec: string): Measurement[] {
  return toMeasurements(parseTable(readText(path), path), { path, codec });
}

/** `readMeasurements` for rows that are there; `path` is for the error. */
export function toMeasurements(
  rows: readonly TableRow[],
  { path, codec }: { path: string; codec: string },
): Measurement[] {
  return rows.map((row, index) => {
    const bpp = Number(cell(row, RATE_COLUMNS) || NaN);
    const psnrDb = Number(cell(row, QUALITY_COLUMNS) || NaN);
    if (!(bpp > 0) || Number.isNaN(psnrDb)) {
      const found = `bpp ${cell(row, RATE_COLUMNS)}, PSNR ${cell(row, QUALITY_COLUMNS)}`;
      throw new FileError(path, `expected a rate and a PSNR in row ${index + 1}, found ${found}`);
    }
    return {
      codec: row.codec || codec,
      image: cell(row, IMAGE_COLUMNS) ?? "",
      setting: SETTING_COLUMNS.map((name) => row[name]).find((value) => value) ?? String(index),
      pixels: Number(row.n_pixels || 1),
      bpp,
      psnrDb,
      msSsim: row.ms_ssim ? Number(row.ms_ssim) : undefined,
      row,
    };
  });
}

function cell(row: TableRow, names: readonly string[]): string | undefined {
  return names.map((name) => row[name]).find((value) => value !== undefined);
}

/** The different values that `key` gives, in order of appearance. */
export function distinct<T>(list: readonly T[], key: (item: T) => string): string[] {
  return [...new Set(list.map(key))];
}
