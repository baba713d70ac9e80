/** `view`: a picture in the terminal. */

import { FileError } from "../files/errors.ts";
import { writePng } from "../files/png_writer.ts";
import { outputName, STREAM } from "../files/streams.ts";
import { readAnyPicture } from "./any_picture.ts";
import { blockText } from "./preview/blocks.ts";
import { itermText, kittyText } from "./preview/inline_png.ts";
import { type Bounds, fitPicture, type Pixels } from "./preview/pixels.ts";
import { detectColours, detectProtocol, type Protocol } from "./preview/protocol.ts";
import { sixelText } from "./preview/sixel.ts";
import { printText } from "./print.ts";

/** Options of the command. */
export interface ViewCommandOptions {
  readonly protocol: Protocol;
  /** Columns; default: the terminal's. */
  readonly width?: number | undefined;
  readonly force?: true | undefined;
}

/** Size of a character where the terminal does not tell, in pixels. */
const CELL = { width: 10, height: 20 };
/** Columns and rows where there is no terminal. */
const DEFAULT_SIZE = { columns: 80, rows: 24 };

/** Shows a picture or a `.chic` file. Throws a `FileError` if stdout is no terminal, unless forced. */
export async function viewCommand(input: string, options: ViewCommandOptions): Promise<void> {
  if (!Deno.stdout.isTerminal() && !options.force) {
    throw new FileError(outputName(STREAM), "expected a terminal, found a file or a pipe (--force writes to it)");
  }
  const image = await readAnyPicture(input);
  const environment = (name: string) => Deno.env.get(name);
  const protocol = options.protocol === "auto" ? detectProtocol(environment) : options.protocol;
  const pixels = fitPicture(image, boundsOf(protocol, options.width));
  if (protocol === "blocks") printText(blockText(pixels, detectColours(environment, Deno.noColor)));
  else printText(GRAPHICS[protocol](pixels));
}

const GRAPHICS = {
  sixel: sixelText,
  kitty: (pixels: Pixels) => kittyText(pngOf(pixels)),
  iterm: (pixels: Pixels) => itermText(pngOf(pixels)),
};

function pngOf(pixels: Pixels): Uint8Array {
  return writePng({ ...pixels, channels: 3, bitDepth: 8 });
}

/** One row stays free for the prompt. */
function boundsOf(protocol: Protocol, width: number | undefined): Bounds {
  const size = Deno.stdout.isTerminal() ? Deno.consoleSize() : DEFAULT_SIZE;
  const columns = width ?? (size.columns || DEFAULT_SIZE.columns);
  // A width that was asked for is not cut by the height.
  const rows = width === undefined ? Math.max(1, (size.rows || DEFAULT_SIZE.rows) - 1) : Infinity;
  if (protocol === "blocks") return { width: columns, height: 2 * rows };
  return { width: columns * CELL.width, height: rows * CELL.height };
}
