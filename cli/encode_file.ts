/** Encodes one file. */

import { readImage } from "../files/read_file.ts";
import { inputName } from "../files/streams.ts";
import { checkWritable, writeFile } from "../files/write_file.ts";
import { checkPictureFits, pictureFile } from "../files/write_picture.ts";
import { decode, encode, type EncodeProgress, type EncodeReport, type Image } from "../mod.ts";
import { checkpointFile, namingCheckpoint } from "./checkpoint_file.ts";
import type { EncodeCommandOptions } from "./encode_options.ts";
import { encodeSettings, fileOptions } from "./encode_settings.ts";
import { naming } from "./errors.ts";
import type { FileJob } from "./inputs.ts";
import { unlessAborted } from "./interrupt.ts";
import { printMessage } from "./print.ts";
import { checkDistinct, protectInput } from "./safe_output.ts";
import { resultsText } from "./results_file.ts";

/** Surroundings of one encode. */
export interface EncodeContext {
  readonly signal: AbortSignal;
  readonly threads: number;
  /** When the time of `--time` began, in milliseconds of `performance.now()`. */
  readonly startedAt: number;
  readonly onProgress: (progress: EncodeProgress) => void;
}

/** Time of `--time` that is kept for writing files. */
const WRITING_SECONDS = 0.05;

/** Encodes `input` to `output`, with all the other files that were asked for. */
export async function encodeFile(
  { input, output }: FileJob,
  options: EncodeCommandOptions,
  { signal, threads, startedAt, onProgress }: EncodeContext,
): Promise<EncodeReport> {
  const { checkpoint: path, checkpointEvery, decodedImgPath, modelSavePath, encResultsPath } = options;
  const name = inputName(input);
  const onWarning = (message: string) => printMessage(`warning: ${name}: ${message}`);
  const image = strippedIf(options.strip, await unlessAborted(signal, readImage(input, onWarning)));
  checkDistinct({ "the output": output, ...fileOptions(options) });
  for (const extra of [decodedImgPath, modelSavePath, encResultsPath]) {
    if (extra === undefined) continue;
    protectInput({ input, output: extra, force: options.force ?? false });
    checkWritable(extra);
  }
  if (decodedImgPath) checkPictureFits(image, decodedImgPath);
  const checkpoint = path === undefined ? undefined : checkpointFile(path, checkpointEvery);
  const secondsSpent = (performance.now() - startedAt) / 1000 + WRITING_SECONDS;
  const { bytes, report } = await naming(name, () =>
    namingCheckpoint(path, () =>
      encode(image, {
        ...encodeSettings(options, image, { threads, secondsSpent }),
        ...(checkpoint && { checkpoint }),
        ...(modelSavePath && { onTrained: (trained) => writeFile(modelSavePath, trained) }),
        signal,
        onProgress,
        onWarning,
      })));
  signal.throwIfAborted();
  writeFile(output, bytes);
  if (decodedImgPath) writeFile(decodedImgPath, pictureFile(decode(bytes), decodedImgPath, onWarning));
  if (encResultsPath) writeFile(encResultsPath, new TextEncoder().encode(resultsText(report)));
  checkpoint?.remove();
  return report;
}

/** The picture without metadata, if they are not wanted. */
function strippedIf(strip: true | undefined, image: Image): Image {
  if (!strip) return image;
  const { metadata: _, ...stripped } = image;
  return stripped;
}
