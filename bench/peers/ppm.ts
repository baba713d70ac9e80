/** Portable pixmaps (P6, 8-bit): what every other codec's programs read or write. */

import { FileError } from "../../files/errors.ts";
import type { Image } from "../../mod.ts";

/** The file of an 8-bit RGB image. */
export function ppmFile({ width, height, data }: Image): Uint8Array {
  const header = new TextEncoder().encode(`P6\n${width} ${height}\n255\n`);
  const bytes = new Uint8Array(header.length + data.length);
  bytes.set(header);
  bytes.set(data, header.length);
  return bytes;
}

/** The image in an 8-bit P6 file. Throws a `FileError` for any other. */
export function readPpm(bytes: Uint8Array, path: string): Image {
  const start = new TextDecoder("latin1").decode(bytes.subarray(0, 200));
  const header = /^P6\s+(?:#.*\n)*(\d+)\s+(\d+)\s+255\s/.exec(start);
  if (!header) throw new FileError(path, `expected an 8-bit P6 file, found "${start.slice(0, 15).trim()}"`);
  const [width, height] = [Number(header[1]), Number(header[2])];
  const data = bytes.subarray(header[0].length);
  if (data.length !== width * height * 3) {
    throw new FileError(path, `expected ${width * height * 3} samples, found ${data.length}`);
  }
  return { width, height, channels: 3, bitDepth: 8, data };
}
