/**
 * `deno task ablations`: encodes pictures with one ingredient of the codec taken away at a time. Several runs may share a
 * table, each with seeds of its own.
 */

import { Command, Option } from "@commander-js/extra-typings";
import { dirname } from "node:path";
import { ArgumentError } from "../../cli/errors.ts";
import { interruptible } from "../../cli/interrupt.ts";
import { numberOption } from "../../cli/numbers.ts";
import { printLine, printMessage } from "../../cli/print.ts";
import { readImage } from "../../files/read_file.ts";
import { encode, ENCODE_DEFAULTS, type Image, MAX_THREADS, PRESET_NAMES } from "../../mod.ts";
import { commitName, distinctNumbersOption, runCommand } from "../command.ts";
import { table } from "../measure.ts";
import { makeFolder, picturesIn } from "../pictures.ts";
import { measureFile } from "../rd/measure_file.ts";
import type { ResultRow } from "../rd/measurement.ts";
import { findRow, openResults } from "../results_table.ts";
import { compareWithComplete } from "./compare.ts";
import { COMPLETE, type Variation, variationsOf } from "./variations.ts";

const command = new Command("ablations")
  .description("Measure what each ingredient brings, by leaving it out. Goes on where it was stopped")
  .requiredOption("--images <folder>", "pictures: PNG")
  .requiredOption("--out <table>", "table of results; its rows of the same settings are not made again")
  .addOption(new Option("--preset <size>", "size of the decoder").choices(PRESET_NAMES).default(ENCODE_DEFAULTS.preset))
  .option("--lambda <price>", "price of a bit", numberOption({ min: 1e-6, max: 10 }), ENCODE_DEFAULTS.lambda)
  .option("--iterations <count>", "training iterations", numberOption({ min: 1, max: 10_000_000, integer: true }), 1000)
  .option(
    "--seeds <list>",
    "seeds, separated by commas",
    distinctNumbersOption({ min: 0, max: 2 ** 32 - 1, integer: true }),
    [0, 1],
  )
  .option("--only <name>", "one variation, beside the complete codec; default: all of them")
  .option(
    "--threads <count>",
    "CPU threads; 0: one per core",
    numberOption({ min: 0, max: MAX_THREADS, integer: true }),
    0,
  )
  .exitOverride();

type Options = ReturnType<typeof command.opts>;

/** Runs the command; gives the exit code. */
export async function ablations(args: readonly string[]): Promise<number> {
  command.parse(args, { from: "user" });
  const options = command.opts();
  const pictures = picturesIn(options.images);
  makeFolder(dirname(options.out));
  const results = openResults(options.out);
  const variations = chosenVariations(options);
  await interruptible(async (signal) => {
    for (const { name, path } of pictures) {
      const image = await readImage(path);
      for (const seed of options.seeds) {
        for (const [codec, variation] of variations) {
          const key = keyOf(options, { codec, image: name, seed });
          if (findRow(results.rows, key)) continue;
          results.append(await encodeOne(image, key, { variation, options, signal }));
          printMessage(`${name}, seed ${seed}, ${codec}: ${results.rows.at(-1)!.bytes} bytes`);
        }
      }
    }
  });
  const rows = compareWithComplete(results.rows, options);
  printLine(table(["variation", "loss %", "deviation", "runs", "network bits", "MAC/pixel"], rows));
  return 0;
}

/** What is encoded, by name. Throws an `ArgumentError` for a name that is none. */
function chosenVariations({ preset, only }: Options): ReadonlyMap<string, Variation> {
  const all = variationsOf(preset);
  if (only === undefined) return all;
  const names = [COMPLETE, only];
  if (all.has(only)) return new Map([...all].filter(([name]) => names.includes(name)));
  throw new ArgumentError(`--only: expected one of ${[...all.keys()].join(", ")}, found ${only}`);
}

/** The columns that tell an encode from all others. */
type Key = Pick<ResultRow, "codec" | "image" | "lambda" | "preset" | "effort" | "iterations" | "seed">;

function keyOf(
  { lambda, preset, iterations }: Options,
  { codec, image, seed }: { codec: string; image: string; seed: number },
): Key {
  const { effort } = ENCODE_DEFAULTS;
  return { codec, image, lambda: `${lambda}`, preset, effort, iterations: `${iterations}`, seed: `${seed}` };
}

async function encodeOne(
  image: Image,
  key: Key,
  { variation, options, signal }: { variation: Variation; options: Options; signal: AbortSignal },
): Promise<ResultRow> {
  const { preset, lambda, iterations, threads } = options;
  const settings = { preset, lambda, iterations, threads, seed: Number(key.seed), device: "cpu" } as const;
  const { bytes, report } = await encode(image, { ...settings, ...variation, signal });
  return { ...key, ...measureFile(image, { bytes, report }), commit: commitName() };
}

if (import.meta.main) Deno.exitCode = await runCommand("ablations", () => ablations(Deno.args));
