/** Trained rows on disk, one file each: a run that was stopped goes on with the rows that are missing. */

import { FileError } from "../files/errors.ts";
import { writeFile } from "../files/write_file.ts";

/** How a row was made: equal settings give equal rows on the same kind of device. */
export interface RowSettings {
  readonly preset: string;
  readonly lambda: number;
  readonly iterations: number;
  readonly crops: number;
  readonly size: number;
  readonly seed: number;
  /** File names of the pictures, sorted by path. */
  readonly images: readonly string[];
}

/** A row: the shared parameters in the order of `parameterGroups`, as training left them. */
export interface TrainedRow {
  readonly settings: RowSettings;
  /** Commit of the code that trained it. */
  readonly commit: string;
  readonly device: string;
  /** Latent bits per pixel and PSNR of the last iteration, mean of all crops, with the noise of training. */
  readonly bpp: number;
  readonly psnrDb: number;
  readonly parameters: readonly number[];
}

/** The row in a file, or `undefined` if there is none. Throws a `FileError` if it is of other settings. */
export function loadRow(path: string, settings: RowSettings): TrainedRow | undefined {
  let row: TrainedRow;
  try {
    row = JSON.parse(Deno.readTextFileSync(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw new FileError(path, `expected a trained row, found ${(error as Error).message}`, { cause: error });
  }
  const [expected, found] = [settings, row.settings].map((value) => JSON.stringify(value));
  if (expected !== found) throw new FileError(path, `expected a row of ${expected}, found one of ${found}`);
  return row;
}

/** Writes a row in one step. */
export function saveRow(path: string, row: TrainedRow): void {
  writeFile(path, new TextEncoder().encode(`${JSON.stringify(row)}\n`));
}
