/** Reads pictures of every kind that `encode` takes. */

import type { Image } from "../mod.ts";
import { PictureError } from "./errors.ts";
import { describeFormat, formatOf } from "./formats.ts";
import { readJpeg } from "./jpeg.ts";
import { readPng } from "./png.ts";
import { readPnm } from "./pnm.ts";

/** Told of what is wrong with a file but does not keep it from being read. */
export type WarningSink = (message: string) => void;

/**
 * The picture in a PNG, JPEG, PPM, PGM, PBM or PAM file, whatever its name. Throws a `PictureError` if it is damaged, too large, or
 * another kind of file.
 */
export async function readPicture(bytes: Uint8Array, onWarning: WarningSink = () => {}): Promise<Image> {
  const format = formatOf(bytes);
  if (format === "png") return readPng(bytes, onWarning);
  if (format === "jpeg") return await readJpeg(bytes, onWarning);
  if (format === "pnm") return readPnm(bytes);
  throw new PictureError("a PNG, JPEG, PPM, PGM, PBM or PAM file", describeFormat(bytes));
}
