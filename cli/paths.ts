/** Where a command writes. */

import { extname } from "node:path";
import { FileError } from "../files/errors.ts";
import { STREAM } from "../files/streams.ts";
import { checkWritable } from "../files/write_file.ts";
import { protectInput } from "./safe_output.ts";

/** What the user said about the files of a command. */
export interface OutputChoice {
  readonly input: string;
  /** `--output`, if given. */
  readonly output: string | undefined;
  /** Extension of a default output, with its dot. */
  readonly extension: string;
  /** `--force`: any file may be replaced. */
  readonly force?: boolean | undefined;
}

/**
 * The file to write, checked to be writable. Without `--output` it lies beside the input (standard output for standard
 * input); then an existing file is refused, since nobody asked to replace it: decoding `photo.chic` must not cost anyone
 * `photo.png`. Throws a `FileError`.
 */
export function chooseOutput({ input, output, extension, force = false }: OutputChoice): string {
  const path = output ?? defaultOutput(input, extension);
  if (path !== STREAM && exists(path)) {
    if (output === undefined && !force) {
      throw new FileError(path, "expected no file at the default output, found one (name it with -o to replace it)");
    }
    protectInput({ input, output: path, force });
  }
  checkWritable(path);
  return path;
}

/** Beside the input, or on standard output for standard input. */
function defaultOutput(input: string, extension: string): string {
  return input === STREAM ? STREAM : input.slice(0, input.length - extname(input).length) + extension;
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
