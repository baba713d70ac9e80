/** The options of `encode`, as the user sees them and as the command gets them. */

import { Command, type CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import {
  type AlphaChoice,
  type DeviceChoice,
  type EffortName,
  EFFORTS,
  ENCODE_DEFAULTS,
  MAX_THREADS,
  PRESET_CHOICES,
} from "../mod.ts";
import { deviceOption } from "./device_option.ts";
import { numberListOption, numberOption, timeOption } from "./numbers.ts";
import type { QualityOptions } from "./quality.ts";
import { FORCE_HELP } from "./safe_output.ts";
import { type Shard, shardOption } from "./shard.ts";

const ALPHAS = ["lossless", "lossy"] as const satisfies readonly AlphaChoice[];

/** Options of the command. */
export interface EncodeCommandOptions extends QualityOptions {
  readonly input?: string | undefined;
  readonly output?: string | undefined;
  readonly preset?: typeof PRESET_CHOICES[number] | undefined;
  readonly effort?: EffortName | undefined;
  readonly iterations?: number | undefined;
  /** Seconds. */
  readonly time?: number | undefined;
  readonly seed: number;
  readonly device: DeviceChoice;
  readonly threads: number;
  readonly alpha: AlphaChoice;
  readonly strip?: true | undefined;
  readonly force?: true | undefined;
  readonly checkpoint?: string | undefined;
  /** Seconds. */
  readonly checkpointEvery: number;
  readonly jobs: number;
  readonly log?: string | undefined;
  readonly shard?: Shard | undefined;
  readonly json?: true | undefined;
  readonly quiet?: true | undefined;
  readonly decodedImgPath?: string | undefined;
  readonly modelSavePath?: string | undefined;
  readonly encResultsPath?: string | undefined;
  readonly startLr?: number | undefined;
  readonly layersSynthesis?: readonly number[] | undefined;
  readonly layersArm?: readonly number[] | undefined;
  readonly nCtxRowcol?: number | undefined;
  readonly latentNGrids?: number | undefined;
}

/** `encode` with its options and what it does. */
export function encodeCommandLine(
  action: (inputs: readonly string[], options: EncodeCommandOptions) => Promise<void>,
): CommandUnknownOpts {
  const command = new Command("encode")
    .description("Encode pictures")
    .argument(
      "[inputs...]",
      "pictures (PNG, JPEG, PPM, PGM, PBM or PAM), folders, or patterns such as '*.png'; -: stdin",
    );
  addFiles(command);
  addQuality(command);
  addEffort(command);
  addMany(command);
  addOriginal(command);
  return command.action((inputs, options) => action(inputs, camelCase(options) as unknown as EncodeCommandOptions));
}

/** Options by our kind of name: `layersArm` for `layers_arm`. */
function camelCase(options: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const name = (original: string) => original.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
  return Object.fromEntries(Object.entries(options).map(([key, value]) => [name(key), value]));
}

function addFiles(command: Command<[string[]]>): void {
  command.optionsGroup("Files:")
    .option("-o, --output <path>", "file or folder to write (default: beside the input, .chic); -: stdout")
    .addOption(
      new Option("--alpha <kind>", "transparency, exactly or like the colours").choices(ALPHAS).default(
        ENCODE_DEFAULTS.alpha,
      ),
    )
    .option("--strip", "leave out colour profile, Exif and XMP")
    .option("--force", FORCE_HELP)
    .option("--json", "print results as JSON on stdout, one object per line")
    .option("--quiet", "no progress and no summary");
}

function addQuality(command: Command<[string[]]>): void {
  const size = numberOption({ min: 1, max: 2 ** 40, integer: true });
  command.optionsGroup("Quality, one of:")
    .option(
      "--lmbda, --lambda <price>",
      `price of a bit, 1e-6 to 10: higher makes smaller files (default: ${ENCODE_DEFAULTS.lambda})`,
      numberOption({ min: 1e-6, max: 10 }),
    )
    .option(
      "--quality <1..100>",
      "lambda from 0.1 (1) over 1e-3 (51) to 1e-5 (100)",
      numberOption({ min: 1, max: 100 }),
    )
    .option("--bpp <bits>", "size: at most so many bits per pixel", numberOption({ min: 1e-4, max: 100 }))
    .option("--bytes <count>", "size: at most so many bytes", size)
    .option("--psnr <dB>", "PSNR in dB, within 0.1", numberOption({ min: 5, max: 100 }));
}

function addEffort(command: Command<[string[]]>): void {
  const threads = numberOption({ min: 0, max: MAX_THREADS, integer: true });
  command.optionsGroup("Training:")
    .addOption(
      new Option("--preset <size>", `size of the decoder (default: ${ENCODE_DEFAULTS.preset})`).choices(PRESET_CHOICES),
    )
    .addOption(
      new Option("--effort <level>", `work for a small file (default: ${ENCODE_DEFAULTS.effort})`)
        .choices(Object.keys(EFFORTS) as EffortName[]),
    )
    .option(
      "--n_itr, --iterations <count>",
      `training iterations (default: those of the effort)`,
      numberOption({ min: 1, max: 10_000_000, integer: true }),
    )
    .option("--time <time>", "take at most that long: 90s, 5m, 1h", timeOption)
    .option("--seed <number>", "seed of all randomness", numberOption({ min: 0, max: 2 ** 32 - 1, integer: true }), 0)
    .option("--device <kind>", "auto, cpu, gpu or cuda:0", deviceOption, ENCODE_DEFAULTS.device)
    .option("--threads <count>", "CPU threads; 0: one per core", threads, 0)
    .option("--checkpoint <file>", "keep the training in a file, go on from it")
    .option("--checkpoint-every <time>", "time between two copies", timeOption, 30);
}

function addMany(command: Command<[string[]]>): void {
  command.optionsGroup("Many files:")
    .option("--jobs <count>", "files at a time", numberOption({ min: 1, max: 64, integer: true }), 1)
    .option("--log <file>", "append one JSON object per file")
    .option("--shard <i/n>", "only every n-th file, from the i-th on", shardOption);
}

function addOriginal(command: Command<[string[]]>): void {
  const layers = (max: number, most: number) => numberListOption({ min: 1, max, most });
  command.optionsGroup("Options of the original program:")
    .option("-i, --input <file>", "picture to encode")
    .option("--decoded_img_path <file>", "also write the decoded picture")
    .option("--model_save_path <file>", "also write the trained floats, as a checkpoint")
    .option("--enc_results_path <file>", "also write a table of results")
    .option(
      "--start_lr <rate>",
      "scales the learning rates; 0.01, the default, leaves them as they are",
      numberOption({ min: 1e-6, max: 1 }),
    )
    .option("--layers_synthesis <widths>", "plain decoder: hidden layers of the synthesis, like 12,12", layers(127, 6))
    .option("--layers_arm <widths>", "plain decoder: hidden layers of the ARM, like 12,12", layers(64, 7))
    .option(
      "--n_ctx_rowcol <radius>",
      "plain decoder: rows and columns of context, 1 to 4",
      numberOption({ min: 1, max: 4, integer: true }),
    )
    .option("--latent_n_grids <count>", "latent grids, 1 to 13", numberOption({ min: 1, max: 13, integer: true }));
}
