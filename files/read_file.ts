/** Reads input files, with errors that name them. */

import type { Image } from "../mod.ts";
import { FileError, PictureError } from "./errors.ts";
import { readPicture, type WarningSink } from "./read_picture.ts";
import { inputName, readStdin, STREAM } from "./streams.ts";

/** The bytes of a file, or of standard input (`-`). Throws a `FileError` if it is missing, a folder, or not readable. */
export async function readFile(path: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return path === STREAM ? await readStdin() : await Deno.readFile(path);
  } catch (error) {
    throw new FileError(inputName(path), `expected a readable file, found ${obstacle(error)}`, { cause: error });
  }
}

/**
 * The picture in a file of any kind that `readPicture` knows. Throws a `FileError` if it cannot be read; `onWarning` is told of flaws
 * that the picture survives.
 */
export async function readImage(path: string, onWarning?: WarningSink): Promise<Image> {
  return await toImage(await readFile(path), path, onWarning);
}

/** `readImage` for bytes that are there; `path` is for the error. */
export async function toImage(bytes: Uint8Array, path: string, onWarning?: WarningSink): Promise<Image> {
  try {
    return await readPicture(bytes, onWarning);
  } catch (error) {
    if (error instanceof PictureError) throw new FileError(inputName(path), error.message, { cause: error });
    throw error;
  }
}

/** In words, what stood in the way of opening a file. */
export function obstacle(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "nothing at this path";
  if (error instanceof Deno.errors.IsADirectory) return "a folder";
  if (error instanceof Deno.errors.NotADirectory) return "a file where the path needs a folder";
  if (error instanceof Deno.errors.PermissionDenied) return "one without permission";
  return error instanceof Error ? error.message : String(error);
}

/** The bytes of a file, or `undefined` if there is none at that path. */
export function readIfThere(path: string): Uint8Array | undefined {
  try {
    return Deno.readFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
