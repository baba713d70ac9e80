/** Outputs that cost nobody an input. */

import { resolve } from "node:path";
import { FileError } from "../files/errors.ts";

/** The help of `--force`. */
export const FORCE_HELP = "replace whatever is at the output, even the input";

/** What may be lost. */
export interface OutputRisk {
  readonly input: string;
  readonly output: string;
  /** `--force`: the user has said that it may. */
  readonly force: boolean;
}

/** Throws a `FileError` if writing `output` would replace `input`, under whatever name, and nobody asked for that. */
export function protectInput({ input, output, force }: OutputRisk): void {
  if (force || !isSameFile(input, output)) return;
  throw new FileError(output, "expected an output other than the input, found the same file (--force replaces it)");
}

/** Throws a `FileError` if two of the files to write, by what they are for, are one. */
export function checkDistinct(files: Readonly<Record<string, string | undefined>>): void {
  const named = Object.entries(files).filter((entry): entry is [string, string] => entry[1] !== undefined);
  for (const [i, [purpose, path]] of named.entries()) {
    const isSame = ([, earlier]: [string, string]) => resolve(earlier) === resolve(path) || isSameFile(earlier, path);
    const other = named.slice(0, i).find(isSame);
    if (other) throw new FileError(path, `expected a file of its own for ${purpose}, found that of ${other[0]}`);
  }
}

/** Whether two paths lead to one file: directly, by symbolic links, or as two names of one inode. */
function isSameFile(first: string, second: string): boolean {
  const [a, b] = [statOrNull(first), statOrNull(second)];
  if (!a || !b) return false;
  if (Deno.realPathSync(first) === Deno.realPathSync(second)) return true;
  // Where a system knows no inodes they are null.
  return a.ino !== null && a.ino !== 0 && a.ino === b.ino && a.dev === b.dev;
}

function statOrNull(path: string): Deno.FileInfo | null {
  try {
    return Deno.statSync(path);
  } catch {
    return null;
  }
}
