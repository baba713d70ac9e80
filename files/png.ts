/**
 * Reads PNG files: 8-bit RGB.
 *
 * fast-png undoes the row filters. Everything that a hostile or damaged file could do is settled before it runs: the
 * chunks are whole, the size is within limits, the data inflate to exactly the announced picture, and it sees no chunk
 * but the ones it needs (it would inflate a colour profile without any limit).
 */

import { inflateSync } from "node:zlib";
import { decode } from "fast-png";
import type { Image } from "../mod.ts";
import { concatenate } from "./concatenate.ts";
import { PngError } from "./errors.ts";
import { PNG_SIGNATURE, type PngChunk, readChunks } from "./png_chunks.ts";
import { checkSupported, inflatedBytes, type PngHeader, readHeader } from "./png_header.ts";

/** Decodes a PNG file. Throws a `PngError` for one that is damaged, too large or not 8-bit RGB without alpha. */
export function readPng(bytes: Uint8Array): Image {
  const chunks = readChunks(bytes);
  if (chunks[0].type !== "IHDR") throw new PngError("IHDR as the first chunk", chunks[0].type);
  const header = readHeader(chunks[0].data);
  checkCritical(chunks);
  checkSupported(header, chunks.some(({ type }) => type === "tRNS"));
  checkData(header, chunks.filter(({ type }) => type === "IDAT"));
  const { width, height, channels, data } = decodePixels(essentialFile(bytes, chunks));
  return { width, height, channels, bitDepth: 8, data: data as Uint8Array };
}

/** A decoder must not guess at critical chunks (capital first letter) it does not know, nor at scattered data. */
function checkCritical(chunks: readonly PngChunk[]): void {
  for (const [index, { type, byteOffset }] of chunks.entries()) {
    if (/^[A-Z]/.test(type) && !["IHDR", "PLTE", "IDAT", "IEND"].includes(type)) {
      throw new PngError("only critical chunks of the PNG specification", `chunk ${type} at byte ${byteOffset}`);
    }
    if (type === "IHDR" && index > 0) throw new PngError("one IHDR chunk", `another one at byte ${byteOffset}`);
  }
  const first = chunks.findIndex(({ type }) => type === "IDAT");
  if (first < 0) throw new PngError("image data (an IDAT chunk)", "none");
  const last = chunks.findLastIndex(({ type }) => type === "IDAT");
  const between = chunks.slice(first, last).find(({ type }) => type !== "IDAT");
  if (between) {
    throw new PngError(
      "the IDAT chunks in one run",
      `chunk ${between.type} at byte ${between.byteOffset} between them`,
    );
  }
}

/** Deflate cannot shrink data further than this: two bits for 258 bytes. */
const MAX_DEFLATE_RATIO = 1032;

function checkData(header: PngHeader, chunks: readonly PngChunk[]): void {
  const expected = inflatedBytes(header);
  const expectation = `${expected} bytes of inflated data for ${header.width}x${header.height} pixels`;
  const compressed = concatenate(chunks.map(({ data }) => data));
  // Before anything of the announced size is allocated.
  if (compressed.length * MAX_DEFLATE_RATIO < expected) {
    throw new PngError(expectation, `only ${compressed.length} compressed bytes`);
  }
  const found = inflatedLength(compressed, expected);
  if (found > expected) throw new PngError(expectation, "more");
  if (found < expected) throw new PngError(expectation, `${found}`);
}

/** Length of the inflated data, or `limit + 1` when it is longer than `limit`. */
function inflatedLength(compressed: Uint8Array, limit: number): number {
  try {
    return inflateSync(compressed, { maxOutputLength: limit }).length;
  } catch (error) {
    if ((error as { code?: string }).code === "ERR_BUFFER_TOO_LARGE") return limit + 1;
    const reason = error instanceof Error ? error.message : String(error);
    throw new PngError("image data that inflate", `damaged data (${reason})`, { cause: error });
  }
}

function decodePixels(file: Uint8Array): ReturnType<typeof decode> {
  try {
    return decode(file, { checkCrc: true });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new PngError("rows that decode", `damaged rows (${reason})`, { cause: error });
  }
}

/** The file reduced to its header, data and end. */
function essentialFile(bytes: Uint8Array, chunks: readonly PngChunk[]): Uint8Array {
  const essential = chunks.filter(({ type }) => ["IHDR", "IDAT", "IEND"].includes(type));
  const parts = essential.map(({ byteOffset, data }) => bytes.subarray(byteOffset, byteOffset + data.length + 12));
  return concatenate([PNG_SIGNATURE, ...parts]);
}
