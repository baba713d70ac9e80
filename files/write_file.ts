/**
 * Output files that are whole or not there: written beside the target, then renamed over it.
 *
 * Everything here is synchronous on purpose. While an interrupt handler is installed, a Ctrl-C waits for the event loop,
 * so it can come before or after a write but never leave its temporary file behind.
 */

import { dirname, join } from "node:path";
import { FileError, WriteError } from "./errors.ts";
import { obstacle } from "./read_file.ts";
import { outputName, STREAM, writeStdout } from "./streams.ts";

/**
 * Throws a `FileError` unless a file can be written at `path`, or to standard output (`-`) where that is no terminal: checked
 * before long work rather than after it. An existing output keeps its contents.
 */
export function checkWritable(path: string): void {
  if (path === STREAM) return checkStdout();
  try {
    const existing = statOrNull(path);
    if (existing?.isDirectory) throw new FileError(path, "expected a file to write, found a folder");
    // Renaming over a device would replace the device.
    if (existing && !existing.isFile) throw new FileError(path, "expected a file to write, found a device or pipe");
    if (existing) Deno.openSync(path, { write: true }).close();
    const temporary = temporaryPath(existing ? Deno.realPathSync(path) : path);
    Deno.openSync(temporary, { write: true, createNew: true }).close();
    Deno.removeSync(temporary);
  } catch (error) {
    if (error instanceof FileError) throw error;
    const found = error instanceof Deno.errors.NotFound ? "no such folder" : obstacle(error);
    throw new FileError(path, `expected a place where a file can be written, found ${found}`, { cause: error });
  }
}

/**
 * Writes a file in one step as seen from outside, or to standard output (`-`). Throws a `WriteError` if that fails; the
 * temporary file is removed and an existing output is as it was.
 */
export function writeFile(path: string, bytes: Uint8Array): void {
  if (path === STREAM) return writeStdout(bytes);
  // A link is followed, so that the file it names is replaced and the link stays.
  const target = statOrNull(path) ? Deno.realPathSync(path) : path;
  const temporary = temporaryPath(target);
  try {
    writeNew(temporary, bytes);
    Deno.renameSync(temporary, target);
  } catch (error) {
    removeQuietly(temporary);
    throw new WriteError(path, error);
  }
}

function checkStdout(): void {
  if (!Deno.stdout.isTerminal()) return;
  throw new FileError(outputName(STREAM), "expected a file or a pipe, found a terminal (name an output with -o)");
}

function writeNew(path: string, bytes: Uint8Array): void {
  using file = Deno.openSync(path, { write: true, createNew: true });
  for (let offset = 0; offset < bytes.length;) offset += file.writeSync(bytes.subarray(offset));
  // Some file systems order a rename before the data it names.
  file.syncSync();
}

function temporaryPath(path: string): string {
  return join(dirname(path), `.chic-${crypto.randomUUID()}.tmp`);
}

function statOrNull(path: string): Deno.FileInfo | null {
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

function removeQuietly(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // It was never made; the error that matters is already on its way.
  }
}
