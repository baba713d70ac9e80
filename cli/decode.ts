/** `decode`: from a `.chic` file to a PNG file. */

import { writePng } from "../files/png.ts";
import { readFile } from "../files/read_file.ts";
import { writeFile } from "../files/write_file.ts";
import { decode } from "../mod.ts";
import { naming } from "./errors.ts";
import { interruptible } from "./interrupt.ts";
import { chooseOutput } from "./paths.ts";
import { printLine } from "./print.ts";

/** Options of the command. */
export interface DecodeCommandOptions {
  readonly output?: string | undefined;
  readonly quiet?: true | undefined;
}

/** Decodes `input`; prints one line on stdout. */
export async function decodeCommand(input: string, options: DecodeCommandOptions): Promise<void> {
  const bytes = await readFile(input);
  const output = chooseOutput({ input, output: options.output, extension: ".png" });
  const image = await naming(input, () => decode(bytes));
  const png = await naming(input, () => writePng(image));
  // Only the write: decoding does not come back to the event loop, and until here Ctrl-C may simply end the process.
  await interruptible(() => writeFile(output, png));
  if (!options.quiet) printLine(`${input} -> ${output}: ${image.width}x${image.height} pixels`);
}
