/** Pictures for commands that look at them: any that `encode` reads, and `.chic` files decoded. */

import { formatOf } from "../files/formats.ts";
import { readFile, toImage } from "../files/read_file.ts";
import { inputName } from "../files/streams.ts";
import { decodeParallel, type Image } from "../mod.ts";
import { naming } from "./errors.ts";
import { printMessage } from "./print.ts";

/** The picture in a file, told by its first bytes. Warnings go to stderr. Throws a `FileError`. */
export async function readAnyPicture(path: string): Promise<Image> {
  const bytes = await readFile(path);
  const name = inputName(path);
  if (formatOf(bytes) === "chic") return await naming(name, () => decodeParallel(bytes, { threads: 1 }));
  return await toImage(bytes, path, (message) => printMessage(`warning: ${name}: ${message}`));
}
