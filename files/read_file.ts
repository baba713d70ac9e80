/** Reads input files, with errors that name them. */

import type { Image } from "../mod.ts";
import { FileError, PngError } from "./errors.ts";
import { readPng } from "./png.ts";

/** The bytes of a file. Throws a `FileError` if it is missing, a folder, or not readable. */
export async function readFile(path: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    throw new FileError(path, `expected a readable file, found ${obstacle(error)}`, { cause: error });
  }
}

/** The picture in a PNG file. Throws a `FileError` if it cannot be read or is not a PNG that is supported. */
export async function readImage(path: string): Promise<Image> {
  const bytes = await readFile(path);
  try {
    return readPng(bytes);
  } catch (error) {
    if (error instanceof PngError) throw new FileError(path, error.message, { cause: error });
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
