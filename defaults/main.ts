/**
 * `deno task defaults`: trains the learned defaults of presets on folders of pictures, and writes one of the decoder's tables
 * with a record of how it came about. A run that was stopped goes on with the rows that are missing.
 */

import { Option } from "@commander-js/extra-typings";
import { basename, join } from "node:path";
import { commitName, runCommand } from "../bench/command.ts";
import { makeFolder } from "../bench/pictures.ts";
import { learnedCount, ROW_DISTANCE, TABLE_SHAPE } from "../bitstream/defaults.ts";
import { parameterGroups } from "../bitstream/parameters.ts";
import { interruptible } from "../cli/interrupt.ts";
import { numberOption } from "../cli/numbers.ts";
import { printLine, printMessage } from "../cli/print.ts";
import { ROW_LAMBDAS } from "../codec/learned_defaults.ts";
import { defaultValues } from "../codec/training_graph.ts";
import { readImage } from "../files/read_file.ts";
import { type Image, PRESET_NAMES, type PresetName, PRESETS } from "../mod.ts";
import { picturePaths, tableCommand, writeTable } from "./command.ts";
import { cutCrops } from "./crops.ts";
import { loadRow, type RowSettings, saveRow, type TrainedRow } from "./row_file.ts";
import { type PresetRows, TABLE_1, TABLE_2, tableSource } from "./table_file.ts";
import { trainRow } from "./train_row.ts";

/** Iterations of a table's first row. */
const FIRST_ROW_ITERATIONS = { networks: 600, synthesis: 1500 } as const;

/** The row that is trained first, from a fresh start; the others go on from it, so that what lies between two rows is one. */
const FIRST_ROW = 1;
/** Iterations of the others, as a share of the first one's. */
const OTHERS_SHARE = 2 / 3;

const command = tableCommand("defaults", { work: "trained rows", crops: { text: "crops trained at once", count: 24 } })
  .description("Train the learned defaults of presets. Goes on where it was stopped")
  .addOption(
    new Option("--presets <names...>", "presets to train").choices(PRESET_NAMES).default(["lop", "mop", "hop"]),
  )
  .option(
    "--iterations <count>",
    `iterations of the first row; default: ${FIRST_ROW_ITERATIONS.networks}, of the synthesis ${FIRST_ROW_ITERATIONS.synthesis}`,
    numberOption({ min: 1, max: 1e6, integer: true }),
  )
  .option("--synthesis", "train the synthesis that goes with table 1, which is table 2; default: table 1")
  .option("--seed <number>", "seed", numberOption({ min: 0, max: 2 ** 32 - 1, integer: true }), 1);

type Options = ReturnType<typeof command.opts>;

/** Runs the command; gives the exit code. */
export async function defaults(args: readonly string[]): Promise<number> {
  command.parse(args, { from: "user" });
  const options = command.opts();
  makeFolder(options.work);
  const paths = picturePaths(options.images);
  const plan = { count: options.crops, size: options.size, seed: options.seed };
  const crops = await cutCrops(paths, plan, readImage);
  const presets: PresetRows[] = [];
  await interruptible(async (signal) => {
    for (const preset of options.presets as PresetName[]) {
      presets.push({ preset, rows: await trainPreset(preset, { crops, paths, options, signal }) });
    }
  });
  const kind = options.synthesis ? TABLE_2 : TABLE_1;
  const record = recordOf(presets, `deno task ${kind.task}`);
  const table = writeTable(options, kind, { source: tableSource(presets, kind), record });
  printLine(`${table}: ${presets.map(({ preset }) => preset).join(", ")}`);
  return 0;
}

interface PresetTraining {
  readonly crops: readonly Image[];
  readonly paths: readonly string[];
  readonly options: Options;
  readonly signal: AbortSignal;
}

/** All rows of a preset, from low to high lambda. */
async function trainPreset(preset: PresetName, training: PresetTraining): Promise<TrainedRow[]> {
  const rows: TrainedRow[] = [];
  rows[FIRST_ROW] = await oneRow(preset, FIRST_ROW, training);
  for (const row of ROW_LAMBDAS.keys()) {
    if (row !== FIRST_ROW) rows[row] = await oneRow(preset, row, { ...training, start: rows[FIRST_ROW] });
  }
  return rows;
}

async function oneRow(
  preset: PresetName,
  row: number,
  { crops, paths, options, signal, start }: PresetTraining & { start?: TrainedRow },
): Promise<TrainedRow> {
  const { seed, device, threads, synthesis = false } = options;
  const { iterations = FIRST_ROW_ITERATIONS[synthesis ? "synthesis" : "networks"] } = options;
  const settings: RowSettings = {
    ...{ preset, lambda: ROW_LAMBDAS[row], crops: options.crops, size: options.size, seed },
    iterations: start ? Math.round(OTHERS_SHARE * iterations) : iterations,
    images: paths.map((path) => basename(path)),
  };
  const path = join(options.work, `${preset}-${synthesis ? "synthesis-" : ""}${row}.json`);
  const known = loadRow(path, settings);
  if (known) return known;
  const onMoment = ({ iteration, bpp, psnrDb }: { iteration: number; bpp: number; psnrDb: number }) => {
    if (iteration % PROGRESS_EVERY !== 0) return;
    printMessage(
      `${preset}, row ${row}: ${iteration} of ${settings.iterations}, ${bpp.toFixed(4)} bpp, ${psnrDb.toFixed(2)} dB`,
    );
  };
  const trained = await trainRow(PRESETS[preset], crops, {
    ...{ lambda: settings.lambda, iterations: settings.iterations, seed, device, threads, signal, onMoment },
    start: start && Float32Array.from(start.parameters),
    known: synthesis ? table1Values(preset, row) : undefined,
  });
  const result = { settings, commit: commitName(), ...trained, parameters: [...trained.parameters] };
  saveRow(path, result);
  return result;
}

/** ARM, IFCE and upsampling of a row as the decoder has them. */
function table1Values(preset: PresetName, row: number): Float32Array {
  const defaults = { position: row * ROW_DISTANCE, synthesis: false };
  const learned = learnedCount(parameterGroups(PRESETS[preset], TABLE_SHAPE));
  return defaultValues(PRESETS[preset], TABLE_SHAPE, defaults).subarray(0, learned);
}

/** Iterations between two messages. */
const PROGRESS_EVERY = 20;

/** What the table was made from, without the parameters. All rows are of the same pictures. */
function recordOf(presets: readonly PresetRows[], command: string) {
  const rows = presets.flatMap(({ rows }) => rows);
  return {
    command,
    images: rows[0].settings.images,
    rows: rows.map(({ parameters: _, settings: { images: __, ...settings }, ...row }) => ({ ...settings, ...row })),
  };
}

if (import.meta.main) Deno.exitCode = await runCommand("defaults", () => defaults(Deno.args));
