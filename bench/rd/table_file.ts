/** Tables with a header line, separated by tabs or commas, as published results come. */

import { FileError } from "../../files/errors.ts";
import { obstacle } from "../../files/read_file.ts";

/** One row: text by column name. */
export type TableRow = Readonly<Record<string, string>>;

/** The text of a file. Throws a `FileError` if it cannot be read. */
export function readText(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    throw new FileError(path, `expected a readable file, found ${obstacle(error)}`, { cause: error });
  }
}

/** The rows of a table. Lines that start with # and empty ones are left out. Throws a `FileError` for a row of another length. */
export function parseTable(text: string, path: string): TableRow[] {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "" && !line.startsWith("#"));
  if (lines.length === 0) throw new FileError(path, "expected a table with a header line, found nothing");
  const separator = lines[0].includes("\t") ? "\t" : ",";
  const [names, ...rows] = lines.map((line) => line.split(separator).map((cell) => cell.trim()));
  return rows.map((cells, i) => {
    if (cells.length !== names.length) {
      throw new FileError(path, `expected ${names.length} columns in row ${i + 1}, found ${cells.length}`);
    }
    return Object.fromEntries(names.map((name, column) => [name, cells[column]]));
  });
}
