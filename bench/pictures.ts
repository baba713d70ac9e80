/** The pictures of a folder. */

import { basename, extname, join } from "node:path";
import { FileError } from "../files/errors.ts";
import { obstacle } from "../files/read_file.ts";

/** Extensions of the pictures that are taken; the peers' programs read PNG. */
const EXTENSIONS = [".png"];

/** A picture file. */
export interface PictureFile {
  /** File name without extension: what tables call it. */
  readonly name: string;
  readonly path: string;
}

/** The PNG files of a folder by name. Throws a `FileError` if the folder cannot be read or has none. */
export function picturesIn(folder: string): PictureFile[] {
  const files = namesIn(folder).filter((name) => EXTENSIONS.includes(extname(name).toLowerCase())).sort();
  if (files.length === 0) throw new FileError(folder, "expected a folder with PNG files, found none in it");
  return files.map((file) => ({ name: basename(file, extname(file)), path: join(folder, file) }));
}

function namesIn(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].filter(({ isDirectory }) => !isDirectory).map(({ name }) => name);
  } catch (error) {
    throw new FileError(folder, `expected a folder of pictures, found ${obstacle(error)}`, { cause: error });
  }
}

/** Makes the folder for results if it is missing. Throws a `FileError`. */
export function makeFolder(folder: string): void {
  try {
    Deno.mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw new FileError(folder, `expected a folder for results, found ${obstacle(error)}`, { cause: error });
  }
}
