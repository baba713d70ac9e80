/**
 * Walks the chunks of a PNG file (W3C PNG, third edition) and refuses damaged ones before any pixel is decoded.
 *
 *     signature | length type data crc | length type data crc | ...
 *        8          4     4         4
 */

import { crc32 } from "node:zlib";
import { PictureError } from "./errors.ts";
import { describeFormat, hexBytes } from "./formats.ts";

/** The first eight bytes of every PNG file. */
export const PNG_SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/** One chunk; `data` is a view into the file. */
export interface PngChunk {
  readonly type: string;
  readonly data: Uint8Array;
  /** Offset of the chunk's length field. */
  readonly byteOffset: number;
}

const OVERHEAD_BYTES = 12;

/**
 * The chunks from IHDR up to and including IEND; what follows IEND is no part of the picture and is not read.
 * Throws a `PictureError` for a wrong signature, a chunk that is cut short, a wrong CRC, or a missing IEND.
 */
export function readChunks(bytes: Uint8Array): PngChunk[] {
  checkSignature(bytes);
  const chunks: PngChunk[] = [];
  let offset = PNG_SIGNATURE.length;
  do {
    const chunk = readChunk(bytes, offset);
    chunks.push(chunk);
    offset += OVERHEAD_BYTES + chunk.data.length;
  } while (chunks[chunks.length - 1].type !== "IEND");
  return chunks;
}

function checkSignature(bytes: Uint8Array): void {
  if (PNG_SIGNATURE.every((byte, i) => bytes[i] === byte)) return;
  throw new PictureError("a PNG file", describeFormat(bytes));
}

function readChunk(bytes: Uint8Array, byteOffset: number): PngChunk {
  if (bytes.length < byteOffset + OVERHEAD_BYTES) {
    throw new PictureError(
      `another chunk at byte ${byteOffset}, up to IEND`,
      `the end of the file at byte ${bytes.length}`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint32(byteOffset);
  const type = readType(bytes, byteOffset + 4);
  const end = byteOffset + OVERHEAD_BYTES + length;
  if (end > bytes.length) {
    throw new PictureError(`chunk ${type} to end at byte ${end}`, `the end of the file at byte ${bytes.length}`);
  }
  const stored = view.getUint32(end - 4);
  const computed = crc32(bytes.subarray(byteOffset + 4, end - 4));
  if (stored !== computed) {
    throw new PictureError(`CRC ${hex(computed)} in chunk ${type} at byte ${byteOffset}`, hex(stored));
  }
  return { type, data: bytes.subarray(byteOffset + 8, end - 4), byteOffset };
}

function readType(bytes: Uint8Array, byteOffset: number): string {
  const type = String.fromCharCode(...bytes.subarray(byteOffset, byteOffset + 4));
  if (!/^[A-Za-z]{4}$/.test(type)) {
    throw new PictureError(
      `a chunk type of four letters at byte ${byteOffset}`,
      hexBytes(bytes.subarray(byteOffset), 4),
    );
  }
  return type;
}

function hex(value: number): string {
  return `0x${value.toString(16).padStart(8, "0")}`;
}
