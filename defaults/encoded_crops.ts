/** Crops that were encoded to learn from their files: one file each in a folder, which holds those of one run's settings. */

import { join } from "node:path";
import { printMessage } from "../cli/print.ts";
import { FileError } from "../files/errors.ts";
import { readIfThere } from "../files/read_file.ts";
import { writeFile } from "../files/write_file.ts";
import { encode, type EncodeOptions, type Image } from "../mod.ts";
import { writeText } from "./command.ts";

/** Makes a folder that of some settings, or refuses it if it is that of others. `name`: of the file that says so. */
export function claimFolder(folder: string, name: string, settings: unknown): void {
  const path = join(folder, name);
  const text = `${JSON.stringify(settings)}\n`;
  const bytes = readIfThere(path);
  if (!bytes) return writeText(path, text);
  const found = new TextDecoder().decode(bytes);
  if (found !== text) throw new FileError(path, `expected crops of ${text.trim()}, found those of ${found.trim()}`);
}

/** The file of a crop, encoded if that was not done yet; `text` says which one it is. */
export async function encodedCrop(
  path: string,
  text: string,
  crop: Image,
  options: EncodeOptions,
): Promise<Uint8Array> {
  const found = readIfThere(path);
  if (found) return found;
  const { bytes, report } = await encode(crop, options);
  printMessage(`${text}: ${bytes.length} bytes, ${report.psnrDb.toFixed(2)} dB`);
  writeFile(path, bytes);
  return bytes;
}
