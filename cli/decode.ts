/** `decode`: from a `.chic` file to a PNG file. */

import { writePng } from "../files/png_writer.ts";
import { readFile } from "../files/read_file.ts";
import { writeFile } from "../files/write_file.ts";
import { decodeParallel, decodePartial, type DecoderChoice, type Image, type PartialImage } from "../mod.ts";
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
  const image = await naming(input, () => decodeBytes(bytes, input, options));
  const png = await naming(input, () => writePng(image));
  // Only the write: until here Ctrl-C may simply end the process.
  await interruptible(() => writeFile(output, png));
  if (!options.quiet) printLine(`${input} -> ${output}: ${image.width}x${image.height} pixels`);
}

async function decodeBytes(bytes: Uint8Array, input: string, options: DecodeCommandOptions): Promise<Image> {
  const { decoder, threads, partial } = options;
  if (!partial) return await decodeParallel(bytes, { decoder, threads });
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
