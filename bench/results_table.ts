/** The table that measurements are appended to, a row as each is done, so that a run that was stopped goes on where it was. */

import { writeFile } from "../files/write_file.ts";
import { FileError } from "../files/errors.ts";
import { COLUMNS, type ResultRow } from "./rd/measurement.ts";
import { parseTable, readText } from "./rd/table_file.ts";

const HEADER = `${COLUMNS.join("\t")}\n`;

/** A table of results on disk. */
export interface ResultsTable {
  readonly path: string;
  /** The rows that were there when it was opened, and those added since. */
  readonly rows: readonly ResultRow[];
  readonly append: (row: ResultRow) => void;
  /** Takes a row away. */
  readonly remove: (row: ResultRow) => void;
}

/**
 * Opens the table, or makes an empty one. A last line that was cut off by a kill is removed. Throws a `FileError` if the file is
 * another kind of table.
 */
export function openResults(path: string): ResultsTable {
  let text = exists(path) ? readText(path) : "";
  if (text === "" || !text.endsWith("\n")) {
    text = text.slice(0, text.lastIndexOf("\n") + 1) || HEADER;
    writeFile(path, new TextEncoder().encode(text));
  }
  if (!text.startsWith(HEADER)) {
    throw new FileError(path, `expected a table with the columns ${COLUMNS.join(", ")}, found another one`);
  }
  const rows = parseTable(text, path) as ResultRow[];
  const append = (row: ResultRow) => {
    Deno.writeTextFileSync(path, rowText(row), { append: true });
    rows.push(row);
  };
  const remove = (row: ResultRow) => {
    rows.splice(rows.indexOf(row), 1);
    writeFile(path, new TextEncoder().encode(HEADER + rows.map(rowText).join("")));
  };
  return { path, rows, append, remove };
}

/** The first row that has all cells of `key`. */
export function findRow(rows: readonly ResultRow[], key: Partial<ResultRow>): ResultRow | undefined {
  const cells = Object.entries(key) as [keyof ResultRow, string][];
  return rows.find((row) => cells.every(([name, cell]) => row[name] === cell));
}

function rowText(row: ResultRow): string {
  return `${COLUMNS.map((name) => row[name]).join("\t")}\n`;
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
