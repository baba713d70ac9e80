/** Encodes pictures over a set of lambdas and measures what comes out, leaving out what an earlier run has done. */

import { join } from "node:path";
import { readImage } from "../../files/read_file.ts";
import { writeFile } from "../../files/write_file.ts";
import { encode, type EncodeOptions } from "../../mod.ts";
import type { PictureFile } from "../pictures.ts";
import { findRow, type ResultsTable } from "../results_table.ts";
import { measureFile } from "./measure_file.ts";
import type { ResultRow } from "./measurement.ts";

/** What to encode, and how. */
export interface EncodeAllOptions {
  readonly pictures: readonly PictureFile[];
  readonly lambdas: readonly number[];
  readonly settings: Required<Pick<EncodeOptions, "preset" | "effort" | "iterations" | "seed" | "device" | "threads">>;
  /** Folder for the files. */
  readonly folder: string;
  readonly commit: string;
  readonly results: ResultsTable;
  readonly hooks: Pick<EncodeOptions, "signal" | "onProgress" | "onWarning">;
  /** Told of every row that was added, and how many are left to do. */
  readonly onResult: (row: ResultRow, left: number) => void;
}

/** One encode to do. */
interface Job {
  readonly picture: PictureFile;
  readonly lambda: number;
}

/** Picture by picture, so that the pictures of a run that was stopped have all their points. */
export async function encodeAll(options: EncodeAllOptions): Promise<void> {
  const { pictures, lambdas } = options;
  const jobs = pictures.flatMap((picture) => lambdas.map((lambda): Job => ({ picture, lambda })))
    .filter((job) => !isDone(job, options));
  for (const [index, job] of jobs.entries()) {
    const row = await encodeOne(job, options);
    options.hooks.signal?.throwIfAborted();
    const stale = rowOf(job, options);
    if (stale) options.results.remove(stale);
    options.results.append(row);
    options.onResult(row, jobs.length - 1 - index);
  }
}

/** The columns that tell an encode from all others. */
const KEY = ["image", "preset", "effort", "iterations", "lambda", "seed"] as const;

/** Name of a curve of ours. */
export function codecName({ preset, effort, iterations }: EncodeAllOptions["settings"]): string {
  return `chic ${preset}, ${effort} ${iterations}`;
}

/** Where the file of a row lies. */
export function encodedPath(folder: string, row: Pick<ResultRow, typeof KEY[number]>): string {
  return join(folder, `${KEY.map((name) => row[name]).join(".")}.chic`);
}

function keyOf({ picture, lambda }: Job, { settings }: EncodeAllOptions): Pick<ResultRow, typeof KEY[number]> {
  const { preset, effort, iterations, seed } = settings;
  return { image: picture.name, preset, effort, iterations: `${iterations}`, lambda: `${lambda}`, seed: `${seed}` };
}

/** The row of a job, if there is one. */
function rowOf(job: Job, options: EncodeAllOptions): ResultRow | undefined {
  return findRow(options.results.rows, keyOf(job, options));
}

/** Whether there is a row, and its file as long as it says. */
function isDone(job: Job, options: EncodeAllOptions): boolean {
  const row = rowOf(job, options);
  if (!row) return false;
  try {
    return Deno.statSync(encodedPath(options.folder, row)).size === Number(row.bytes);
  } catch {
    return false;
  }
}

async function encodeOne(job: Job, options: EncodeAllOptions): Promise<ResultRow> {
  const image = await readImage(job.picture.path);
  const { settings, hooks } = options;
  const { bytes, report } = await encode(image, { ...settings, lambda: job.lambda, ...hooks });
  const key = keyOf(job, options);
  writeFile(encodedPath(options.folder, key), bytes);
  return { ...key, ...measureFile(image, { bytes, report }), codec: codecName(settings), commit: options.commit };
}
