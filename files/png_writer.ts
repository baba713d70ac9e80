/** Writes PNG files: 8 or 16-bit gray or RGB, rows filtered. */

import { crc32, deflateSync } from "node:zlib";
import type { Image } from "../mod.ts";
import { concatenate } from "./concatenate.ts";
import { PNG_SIGNATURE } from "./png_chunks.ts";
import { type ByteRows, filterRows } from "./png_filters.ts";

/** Deflate's effort. Level 6 saves 7 % more on a photograph of 2048x1358 and takes 195 ms for it instead of 66 ms. */
const COMPRESSION_LEVEL = 2;
/** PNG's colour types by the number of channels. */
const COLOUR_TYPES: Readonly<Record<number, number>> = { 1: 0, 3: 2 };

/**
 * Encodes an image as PNG. 8-bit samples are written as they are; 9 to 16-bit samples as 16 bits, the full range on the full
 * range: the sample's high bits follow its low ones (a PNG reader that knows nothing of the depth shows the right picture,
 * and a shift right gives the sample back). Throws a `RangeError` for any other depth or number of channels.
 */
export function writePng(image: Image): Uint8Array<ArrayBuffer> {
  const { width, height, channels, bitDepth } = image;
  const colourType = COLOUR_TYPES[channels];
  if (colourType === undefined) {
    throw new RangeError(`Cannot write PNG: expected 1 or 3 channels, received ${channels}`);
  }
  if (!(bitDepth >= 8 && bitDepth <= 16)) {
    throw new RangeError(`Cannot write PNG: expected 8 to 16 bits per sample, received ${bitDepth}`);
  }
  const header = new Uint8Array(13);
  new DataView(header.buffer).setUint32(0, width);
  new DataView(header.buffer).setUint32(4, height);
  header.set([bitDepth > 8 ? 16 : 8, colourType], 8);
  const data = deflateSync(filterRows(byteRows(image)), { level: COMPRESSION_LEVEL });
  return concatenate([PNG_SIGNATURE, chunk("IHDR", header), chunk("IDAT", data), chunk("IEND", new Uint8Array())]);
}

function byteRows({ width, channels, bitDepth, data }: Image): ByteRows {
  if (data instanceof Uint8Array) return { bytes: data, length: width * channels, pixel: channels };
  const bytes = new Uint8Array(2 * data.length);
  for (let i = 0; i < data.length; i++) {
    const sample = (data[i] << (16 - bitDepth)) | (data[i] >> (2 * bitDepth - 16));
    bytes[2 * i] = sample >> 8;
    bytes[2 * i + 1] = sample;
  }
  return { bytes, length: 2 * width * channels, pixel: 2 * channels };
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  bytes.set(new TextEncoder().encode(type), 4);
  bytes.set(data, 8);
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)));
  return bytes;
}
