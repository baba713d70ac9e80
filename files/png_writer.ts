/** Writes PNG files: 8 or 16-bit gray or RGB, with alpha and metadata, rows filtered. */

import { type Image, interleaveAlpha } from "../mod.ts";
import { concatenate } from "./concatenate.ts";
import { bandCount, compressBand, type CompressedBand, joinBands, pngChunk } from "./png_bands.ts";
import { PNG_SIGNATURE } from "./png_chunks.ts";
import type { ByteRows } from "./png_filters.ts";
import { pngMetadataChunks } from "./png_metadata.ts";

/** PNG's colour types by the number of channels, alpha included. */
const COLOUR_TYPES: Readonly<Record<number, number>> = { 1: 0, 2: 4, 3: 2, 4: 6 };

/**
 * Encodes an image as PNG. 8-bit samples are written as they are; 9 to 16-bit samples as 16 bits, the full range on the full
 * range: the sample's high bits follow its low ones (a PNG reader that knows nothing of the depth shows the right picture,
 * and a shift right gives the sample back). Throws a `RangeError` for any other depth or number of channels.
 */
export function writePng(image: Image): Uint8Array<ArrayBuffer> {
  const rows = pngRows(image);
  return pngFile(image, Array.from({ length: bandCount(rows) }, (_, band) => compressBand(rows, band)));
}

/** The file of an image whose bands are compressed. */
export function pngFile(image: Image, bands: CompressedBand[]): Uint8Array<ArrayBuffer> {
  const { width, height, bitDepth, metadata = {} } = image;
  const header = new Uint8Array(13);
  new DataView(header.buffer).setUint32(0, width);
  new DataView(header.buffer).setUint32(4, height);
  header.set([bitDepth > 8 ? 16 : 8, COLOUR_TYPES[storedChannels(image)]], 8);
  const described = pngMetadataChunks(metadata).map(({ type, data }) => pngChunk(type, [data]));
  const parts = [pngChunk("IHDR", [header]), ...described, ...joinBands(bands), pngChunk("IEND", [])];
  return concatenate([PNG_SIGNATURE, ...parts]);
}

function storedChannels({ channels, alpha }: Image): number {
  return channels + (alpha ? 1 : 0);
}

/** An image's rows as PNG has them. Throws a `RangeError` if PNG has no such image. */
export function pngRows(image: Image): ByteRows {
  const { width, channels, bitDepth } = image;
  if (channels !== 1 && channels !== 3) {
    throw new RangeError(`Cannot write PNG: expected 1 or 3 channels, received ${channels}`);
  }
  if (!(bitDepth >= 8 && bitDepth <= 16)) {
    throw new RangeError(`Cannot write PNG: expected 8 to 16 bits per sample, received ${bitDepth}`);
  }
  const [data, stored] = [interleaveAlpha(image), storedChannels(image)];
  if (data instanceof Uint8Array) return { bytes: data, length: width * stored, pixel: stored };
  const bytes = new Uint8Array(2 * data.length);
  for (let i = 0; i < data.length; i++) {
    const sample = (data[i] << (16 - bitDepth)) | (data[i] >> (2 * bitDepth - 16));
    bytes[2 * i] = sample >> 8;
    bytes[2 * i + 1] = sample;
  }
  return { bytes, length: 2 * width * stored, pixel: 2 * stored };
}
