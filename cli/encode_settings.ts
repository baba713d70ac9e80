/** From the options of `encode` to those of the library. */

import { STREAM } from "../files/streams.ts";
import { type EncodeOptions, type Image, PLAIN_DEFAULTS, plainArchitecture } from "../mod.ts";
import type { EncodeCommandOptions } from "./encode_options.ts";
import { ArgumentError } from "./errors.ts";
import { checkQuality, qualityFor } from "./quality.ts";

/** The original's first learning rate: with it, `--start_lr` leaves our schedule as it is. */
const USUAL_START_RATE = 0.01;

/** Options that name one file besides the output: for one picture only, and never a stream. */
const FILE_OPTIONS = {
  checkpoint: "--checkpoint",
  decodedImgPath: "--decoded_img_path",
  modelSavePath: "--model_save_path",
  encResultsPath: "--enc_results_path",
} as const satisfies Partial<Record<keyof EncodeCommandOptions, string>>;

/** The files that are named besides the output, by their flags. */
export function fileOptions(options: EncodeCommandOptions): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(FILE_OPTIONS).map(([name, flag]) => [flag, options[name as keyof typeof FILE_OPTIONS]]),
  );
}

/** Throws an `ArgumentError` if options contradict each other. */
export function checkOptions(options: EncodeCommandOptions): void {
  checkQuality(options);
  if (options.time !== undefined && options.iterations !== undefined) {
    throw new ArgumentError("expected only one of --time and --iterations, found both");
  }
  if (options.preset !== undefined && isPlain(options)) {
    throw new ArgumentError("expected only one of --preset and the layers of a plain decoder, found both");
  }
  for (const [flag, path] of Object.entries(fileOptions(options))) {
    if (path === STREAM) {
      throw new ArgumentError(`expected a file with ${flag}, found - (stdout)`);
    }
  }
}

/** The options for one picture. `threads` is its share of the machine; `secondsSpent` have gone by for it already. */
export function encodeSettings(
  options: EncodeCommandOptions,
  image: Image,
  { threads, secondsSpent }: { threads: number; secondsSpent: number },
): EncodeOptions {
  const { preset, effort, iterations, seed, device, alpha, time, startLr, latentNGrids } = options;
  return withoutUndefined({
    ...qualityFor(options, image.width * image.height),
    ...{ preset, effort, iterations, seed, device, threads, alpha },
    seconds: time === undefined ? undefined : Math.max(0.1, time - secondsSpent),
    rateScale: startLr === undefined ? undefined : startLr / USUAL_START_RATE,
    topLevel: latentNGrids === undefined ? undefined : latentNGrids - 1,
    architecture: isPlain(options) ? plainOf(options) : undefined,
  });
}

function isPlain({ layersArm, layersSynthesis, nCtxRowcol }: EncodeCommandOptions): boolean {
  return (layersArm ?? layersSynthesis ?? nCtxRowcol) !== undefined;
}

function plainOf({ layersArm, layersSynthesis, nCtxRowcol }: EncodeCommandOptions) {
  return plainArchitecture({
    armLayers: layersArm ?? PLAIN_DEFAULTS.armLayers,
    synthesisLayers: layersSynthesis ?? PLAIN_DEFAULTS.synthesisLayers,
    contextRadius: nCtxRowcol ?? PLAIN_DEFAULTS.contextRadius,
  });
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function withoutUndefined<T extends object>(options: T): Defined<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Defined<T>;
}
