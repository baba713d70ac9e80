/** `decode`: from a `.chic` file to a picture file. */

import { PngCrew } from "../files/png_crew.ts";
import { readFile } from "../files/read_file.ts";
import { inputName, outputName } from "../files/streams.ts";
import { writeFile } from "../files/write_file.ts";
import { checkPictureName, isPngName, pictureFile } from "../files/write_picture.ts";
import {
  decodeParallel,
  decodePartial,
  type DecoderChoice,
  decodeThreads,
  type Image,
  type PartialImage,
} from "../mod.ts";
import { naming } from "./errors.ts";
import { interruptible } from "./interrupt.ts";
import { chooseOutput } from "./paths.ts";
import { printMessage, printResult } from "./print.ts";
import type { Shard } from "./shard.ts";

/** Options of the command. */
export interface DecodeCommandOptions {
  readonly output?: string | undefined;
  readonly decoder: DecoderChoice;
  readonly threads: number;
  readonly partial?: true | undefined;
  readonly force?: true | undefined;
  readonly quiet?: true | undefined;
  readonly jobs: number;
  readonly log?: string | undefined;
  readonly shard?: Shard | undefined;
}

/** Decodes `input`; prints one line on stdout, and one on stderr if the picture is not whole. */
export async function decodeCommand(input: string, options: DecodeCommandOptions): Promise<void> {
  const bytes = await readFile(input);
  const output = chooseOutput({ input, output: options.output, extension: ".png", force: options.force });
  checkPictureName(output);
  const { image, file } = await naming(inputName(input), () => decodeBytes(bytes, { input, output, options }));
  // Only the write: until here Ctrl-C may simply end the process.
  await interruptible(() => writeFile(output, file));
  if (!options.quiet) {
    printResult(output, `${inputName(input)} -> ${outputName(output)}: ${image.width}x${image.height} pixels`);
  }
}

interface Decoded {
  readonly image: Image;
  /** The picture file. */
  readonly file: Uint8Array;
}

async function decodeBytes(
  bytes: Uint8Array,
  { input, output, options }: { input: string; output: string; options: DecodeCommandOptions },
): Promise<Decoded> {
  const { decoder, partial } = options;
  const threads = partial ? 1 : decodeThreads(bytes, options);
  using crew = new PngCrew(threads);
  const name = inputName(input);
  const image = partial ? decodePart(bytes, name, decoder) : await decodeParallel(bytes, { decoder, threads });
  const onWarning = (message: string) => printMessage(`warning: ${outputName(output)}: ${message}`);
  return { image, file: isPngName(output) ? await crew.write(image) : pictureFile(image, output, onWarning) };
}

function decodePart(bytes: Uint8Array, input: string, decoder: DecoderChoice): Image {
  const found = decodePartial(bytes, { decoder });
  // Even with --quiet: nobody should take this picture for the whole one.
  if (!found.complete) printMessage(`warning: ${input}: ${missingText(found)}`);
  return found.image;
}

/** What is wrong with a picture that is not whole, in words. */
function missingText({ finestLevel }: PartialImage): string {
  if (finestLevel === undefined) return "cut short or damaged: the picture's content is missing";
  if (finestLevel === 0) return "damaged: no part is missing, but some of the picture is wrong";
  return `cut short or damaged: details finer than ${2 ** finestLevel} pixels are missing, in part or everywhere`;
}
