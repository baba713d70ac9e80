/** `decode`: from a `.chic` file to a PNG file. */

import { PngCrew } from "../files/png_crew.ts";
import { readFile } from "../files/read_file.ts";
import { writeFile } from "../files/write_file.ts";
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
import { printLine, printMessage } from "./print.ts";

/** Options of the command. */
export interface DecodeCommandOptions {
  readonly output?: string | undefined;
  readonly decoder: DecoderChoice;
  readonly threads: number;
  readonly partial?: true | undefined;
  readonly quiet?: true | undefined;
}

/** Decodes `input`; prints one line on stdout, and one on stderr if the picture is not whole. */
export async function decodeCommand(input: string, options: DecodeCommandOptions): Promise<void> {
  const bytes = await readFile(input);
  const output = chooseOutput({ input, output: options.output, extension: ".png" });
  const { image, png } = await naming(input, () => decodeBytes(bytes, input, options));
  // Only the write: until here Ctrl-C may simply end the process.
  await interruptible(() => writeFile(output, png));
  if (!options.quiet) printLine(`${input} -> ${output}: ${image.width}x${image.height} pixels`);
}

interface Decoded {
  readonly image: Image;
  readonly png: Uint8Array;
}

async function decodeBytes(bytes: Uint8Array, input: string, options: DecodeCommandOptions): Promise<Decoded> {
  const { decoder, partial } = options;
  const threads = partial ? 1 : decodeThreads(bytes, options);
  using crew = new PngCrew(threads);
  const image = partial ? decodePart(bytes, input, decoder) : await decodeParallel(bytes, { decoder, threads });
  return { image, png: await crew.write(image) };
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
