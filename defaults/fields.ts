/**
 * `deno task defaults:fields`: learns what steps and spreads the groups of parameters have, on folders of pictures, and writes
 * the decoder's table 3 with a record of how it came about. A run that was stopped goes on with the crops that are missing.
 */

import { basename, join } from "node:path";
import { commitName, runCommand } from "../bench/command.ts";
import { makeFolder } from "../bench/pictures.ts";
import type { PresetName } from "../bitstream/architecture.ts";
import { DEFAULT_TABLE } from "../bitstream/default_table.ts";
import type { FieldRow, GroupFields } from "../bitstream/group_fields.ts";
import { parameterGroups } from "../bitstream/parameters.ts";
import type { FixedPoint } from "../bitstream/quantised_model.ts";
import { readModel } from "../bitstream/read.ts";
import { bestSpread } from "../bitstream/weights.ts";
import { interruptible } from "../cli/interrupt.ts";
import { numberOption } from "../cli/numbers.ts";
import { printLine } from "../cli/print.ts";
import { integerBackend } from "../codec/integer_backend.ts";
import { readImage } from "../files/read_file.ts";
import type { Image } from "../mod.ts";
import { picturePaths, tableCommand, writeTable } from "./command.ts";
import { cutCrops } from "./crops.ts";
import { claimFolder, encodedCrop } from "./encoded_crops.ts";
import { fitFieldRow } from "./fit_fields.ts";
import { fieldTableSource, type PresetFields } from "./table_file.ts";

/** Sizes, as multiples of the smallest, and lambdas of the crops, in turn: no size always has the same lambda. */
const SIZES = [1, 4 / 3, 2, 8 / 3];
const LAMBDAS = [0.0005, 0.001, 0.003, 0.008, 0.02];
const PLACES = { path: "bitstream/field_table.ts", provenance: "defaults/field_provenance.json" };

const command = tableCommand("defaults:fields", {
  work: "encoded crops",
  crops: { text: "crops of each preset", count: 40 },
  size: { text: "side of the smallest crops", pixels: 96 },
})
  .description("Learn what fields the groups of parameters have. Goes on where it was stopped")
  .option("--iterations <count>", "iterations of a crop", numberOption({ min: 1, max: 1e6, integer: true }), 600)
  .option("--seed <number>", "seed", numberOption({ min: 0, max: 2 ** 31, integer: true }), 1);

type Options = ReturnType<typeof command.opts>;

/** Runs the command; gives the exit code. */
export async function learnFields(args: readonly string[]): Promise<number> {
  command.parse(args, { from: "user" });
  const options = command.opts();
  makeFolder(options.work);
  const paths = picturePaths(options.images);
  const { iterations, crops: count, seed } = options;
  const images = paths.map((path) => basename(path));
  const sizes = SIZES.map((multiple) => Math.round(options.size * multiple));
  const settings = { lambdas: LAMBDAS, iterations, crops: count, sizes, seed, images };
  claimFolder(options.work, "fields.json", settings);
  const ofSize = await Promise.all(
    sizes.map((size) =>
      cutCrops(paths, { count: Math.ceil(count / sizes.length), size, seed: seed + size }, readImage)
    ),
  );
  const crops = Array.from({ length: count }, (_, i) => ofSize[i % sizes.length][Math.floor(i / sizes.length)]);
  const presets = await interruptible(async (signal) => {
    const all: PresetFields[] = [];
    for (const preset of Object.keys(DEFAULT_TABLE).sort() as PresetName[]) {
      all.push({ preset, ...await presetFields(preset, crops, { options, signal }) });
    }
    return all;
  });
  const files = Object.fromEntries(presets.map(({ preset, files }) => [preset, files]));
  const record = { command: "deno task defaults:fields", commit: commitName(), ...settings, files };
  const table = writeTable(options, PLACES, { source: fieldTableSource(presets), record });
  printLine(`${table}: ${count} crops`);
  return 0;
}

/** The rows of one preset, by whether the synthesis has defaults, and how many files they were learned from. */
async function presetFields(
  preset: PresetName,
  crops: readonly Image[],
  { options, signal }: { options: Options; signal: AbortSignal },
): Promise<Omit<PresetFields, "preset">> {
  const [partial, all]: GroupFields[][][] = [[], []];
  const fixedPoints: FixedPoint[] = [];
  for (const [i, crop] of crops.entries()) {
    const { iterations, seed, device, threads } = options;
    const lambda = LAMBDAS[i % LAMBDAS.length];
    const text = `${preset}, crop ${i + 1} of ${crops.length}, ${crop.width}x${crop.height}, lambda ${lambda}`;
    const bytes = await encodedCrop(join(options.work, `${preset}-${i}.chic`), text, crop, {
      ...{ preset, lambda, iterations, seed: seed + i, device, threads, signal },
      without: ["learnedFields"],
    });
    const { model } = readModel(bytes, undefined, integerBackend().latentDecoder);
    const fields = parameterGroups(model.architecture, model.shape).map(({ offset, length }, g) => {
      const stepBits = model.stepBits[g];
      return { stepBits, spread: bestSpread(model.parameters.subarray(offset, offset + length), stepBits) };
    });
    (model.defaults?.synthesis ? all : partial).push(fields);
    fixedPoints.push(model.fixedPoint);
  }
  const files = { withoutSynthesis: partial.length, all: all.length };
  return { withoutSynthesis: rowsOf(partial), all: all.length > 0 ? rowsOf(all) : undefined, fixedPoints, files };
}

function rowsOf(files: readonly (readonly GroupFields[])[]): FieldRow[] {
  return files[0].map((_, g) => fitFieldRow(files.map((fields) => fields[g])));
}

if (import.meta.main) Deno.exitCode = await runCommand("defaults:fields", () => learnFields(Deno.args));
