/**
 * `deno task defaults:restoration`: fits the weights of the restoration filter on folders of pictures, and writes the decoder's
 * table with a record of how it came about. A run that was stopped goes on with the crops that are missing.
 */

import { basename, join } from "node:path";
import { commitName, runCommand } from "../bench/command.ts";
import { makeFolder } from "../bench/pictures.ts";
import { readModel } from "../bitstream/read.ts";
import { interruptible } from "../cli/interrupt.ts";
import { numberOption } from "../cli/numbers.ts";
import { printLine } from "../cli/print.ts";
import { integerBackend } from "../codec/integer_backend.ts";
import { fineModel } from "../codec/reconstruct/restoration.ts";
import { readImage } from "../files/read_file.ts";
import type { Image } from "../mod.ts";
import { picturePaths, tableCommand, writeTable } from "./command.ts";
import { cutCrops } from "./crops.ts";
import { claimFolder, encodedCrop } from "./encoded_crops.ts";
import { RestorationSums } from "./fit_restoration.ts";
import { restorationTableSource } from "./table_file.ts";

/** Lambdas of the crops, in turn. */
const LAMBDAS = [0.0004, 0.001, 0.004, 0.02];
const PRESET = "mop";
const PLACES = { path: "bitstream/restoration_table.ts", provenance: "defaults/restoration_provenance.json" };

const command = tableCommand("defaults:restoration", { work: "encoded crops", crops: { text: "crops", count: 66 } })
  .description("Fit the weights of the restoration filter. Goes on where it was stopped")
  .option("--iterations <count>", "iterations of a crop", numberOption({ min: 1, max: 1e6, integer: true }), 1000)
  .option("--seed <number>", "seed", numberOption({ min: 0, max: 2 ** 31, integer: true }), 1);

type Options = ReturnType<typeof command.opts>;

/** What decides the encoded crops, and so the weights. */
interface Settings {
  readonly preset: string;
  readonly lambdas: readonly number[];
  readonly iterations: number;
  readonly crops: number;
  readonly size: number;
  readonly seed: number;
  /** File names of the pictures, sorted by path. */
  readonly images: readonly string[];
}

/** Runs the command; gives the exit code. */
export async function fitRestoration(args: readonly string[]): Promise<number> {
  command.parse(args, { from: "user" });
  const options = command.opts();
  makeFolder(options.work);
  const paths = picturePaths(options.images);
  const { iterations, crops: count, size, seed } = options;
  const images = paths.map((path) => basename(path));
  const settings: Settings = { preset: PRESET, lambdas: LAMBDAS, iterations, crops: count, size, seed, images };
  claimFolder(options.work, "restoration.json", settings);
  const crops = await cutCrops(paths, { count, size, seed }, readImage);
  const sums = new RestorationSums();
  await interruptible(async (signal) => {
    for (const [i, crop] of crops.entries()) sums.add(await fineSamples(crop, i, { options, signal }), crop);
  });
  const record = { command: "deno task defaults:restoration", commit: commitName(), ...settings };
  const table = writeTable(options, PLACES, { source: restorationTableSource(sums.weights()), record });
  printLine(`${table}: ${count} crops`);
  return 0;
}

/** What the decoder restores of a crop. */
async function fineSamples(
  crop: Image,
  index: number,
  { options, signal }: { options: Options; signal: AbortSignal },
): Promise<Image> {
  const { iterations, seed, device, threads } = options;
  const lambda = LAMBDAS[index % LAMBDAS.length];
  const text = `crop ${index + 1} of ${options.crops}, lambda ${lambda}`;
  const bytes = await encodedCrop(join(options.work, `restoration-${index}.chic`), text, crop, {
    ...{ preset: PRESET, lambda, iterations, seed: seed + index, device, threads, signal },
    without: ["restoration"],
  });
  const { reconstruct, latentDecoder } = integerBackend();
  return reconstruct(fineModel(readModel(bytes, undefined, latentDecoder).model));
}

if (import.meta.main) Deno.exitCode = await runCommand("defaults:restoration", () => fitRestoration(Deno.args));
