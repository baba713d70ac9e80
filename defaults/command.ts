/** What the commands that make the decoder's tables share: options, pictures, and where things go. */

import { Command } from "@commander-js/extra-typings";
import { join } from "node:path";
import { picturesIn } from "../bench/pictures.ts";
import { deviceOption } from "../cli/device_option.ts";
import { numberOption } from "../cli/numbers.ts";
import { writeFile } from "../files/write_file.ts";
import { MAX_THREADS } from "../mod.ts";

/** What is different about their options: what the working folder holds, how many crops there are, and of which size. */
interface TableOptions {
  readonly work: string;
  readonly crops: { readonly text: string; readonly count: number };
  readonly size?: { readonly text: string; readonly pixels: number };
}

/** A command with the options of all of them. */
export function tableCommand(
  name: string,
  { work, crops, size = { text: "side of a crop", pixels: 192 } }: TableOptions,
) {
  return new Command(name)
    .requiredOption("--images <folders...>", "folders of pictures: PNG, colour")
    .requiredOption("--work <folder>", `place for ${work}`)
    .option("--crops <count>", crops.text, numberOption({ min: 1, max: 10_000, integer: true }), crops.count)
    .option("--size <pixels>", size.text, numberOption({ min: 64, max: 1023, integer: true }), size.pixels)
    .option("--device <name>", "auto, cpu or gpu", deviceOption, "cpu" as const)
    .option("--threads <count>", "CPU threads; 0: all", numberOption({ min: 0, max: MAX_THREADS, integer: true }), 0)
    .option("--table <file>", "where the table goes; default: where the decoder has it")
    .option("--provenance <file>", "where the record goes; default: beside this command")
    .exitOverride();
}

/** All pictures of some folders, sorted. */
export function picturePaths(folders: readonly string[]): string[] {
  return folders.flatMap((folder) => picturesIn(folder).map(({ path }) => path)).sort();
}

/** A path of the repository on this machine. */
function inRepository(path: string): string {
  return join(import.meta.dirname!, "..", path);
}

/** Where a table and the record of how it was made are in the repository. */
interface TablePlaces {
  readonly path: string;
  readonly provenance: string;
}

/** Writes a table and its record where the options say, or else where the decoder has them; gives the table's path. */
export function writeTable(
  options: { table?: string; provenance?: string },
  places: TablePlaces,
  { source, record }: { source: string; record: unknown },
): string {
  const { table = inRepository(places.path), provenance = inRepository(places.provenance) } = options;
  writeText(table, source);
  writeText(provenance, `${JSON.stringify(record, null, 2)}\n`);
  return table;
}

/** Writes a text in one step. */
export function writeText(path: string, text: string): void {
  writeFile(path, new TextEncoder().encode(text));
}
