/**
 * Reads PNG files of every colour type, bit depth and interlacing (W3C PNG, third edition).
 *
 * Everything that a hostile or damaged file could do is settled before pixels are made: the chunks are whole, the size is
 * within limits, the data inflate to exactly the announced picture.
 */

import { inflateSync } from "node:zlib";
import type { Image } from "../mod.ts";
import { concatenate } from "./concatenate.ts";
import { PictureError } from "./errors.ts";
import { type PngChunk, readChunks } from "./png_chunks.ts";
import { inflatedBytes, passesOf, type PngHeader, readHeader, storedChannels } from "./png_header.ts";
import { readPngMetadata } from "./png_metadata.ts";
import { colourSamples, type PassRows, weavePasses } from "./png_samples.ts";
import { unfilterRows } from "./png_unfilter.ts";

/**
 * Decodes a PNG file: gray or RGB, of 16 bits if the file has them, else of 8; transparency as an alpha plane. Throws a
 * `PictureError` for one that is damaged or too large. `onWarning` is told of metadata that are damaged and left out.
 */
export function readPng(bytes: Uint8Array, onWarning: (message: string) => void = () => {}): Image {
  const chunks = readChunks(bytes);
  if (chunks[0].type !== "IHDR") throw new PictureError("IHDR as the first chunk", chunks[0].type);
  const header = readHeader(chunks[0].data);
  checkCritical(chunks);
  const data = inflateData(header, chunks.filter(({ type }) => type === "IDAT"));
  const content = (wanted: string) => chunks.find(({ type }) => type === wanted)?.data;
  const colours = { header, palette: content("PLTE"), transparency: content("tRNS") };
  const image = colourSamples(weavePasses(header, unfilterPasses(header, data)), colours);
  const metadata = readPngMetadata(chunks, onWarning);
  return metadata ? { ...image, metadata } : image;
}

/** A decoder must not guess at critical chunks (capital first letter) it does not know, nor at scattered data. */
function checkCritical(chunks: readonly PngChunk[]): void {
  for (const [index, { type, byteOffset }] of chunks.entries()) {
    if (/^[A-Z]/.test(type) && !["IHDR", "PLTE", "IDAT", "IEND"].includes(type)) {
      throw new PictureError("only critical chunks of the PNG specification", `chunk ${type} at byte ${byteOffset}`);
    }
    if (type === "IHDR" && index > 0) throw new PictureError("one IHDR chunk", `another one at byte ${byteOffset}`);
  }
  const first = chunks.findIndex(({ type }) => type === "IDAT");
  if (first < 0) throw new PictureError("image data (an IDAT chunk)", "none");
  const last = chunks.findLastIndex(({ type }) => type === "IDAT");
  const between = chunks.slice(first, last).find(({ type }) => type !== "IDAT");
  if (between) {
    throw new PictureError(
      "the IDAT chunks in one run",
      `chunk ${between.type} at byte ${between.byteOffset} between them`,
    );
  }
}

/** Deflate cannot shrink data further than this: two bits for 258 bytes. */
const MAX_DEFLATE_RATIO = 1032;

/** The filtered rows of all passes: exactly the bytes that the header announces. */
function inflateData(header: PngHeader, chunks: readonly PngChunk[]): Uint8Array {
  const expected = inflatedBytes(header);
  const expectation = `${expected} bytes of inflated data for ${header.width}x${header.height} pixels`;
  const compressed = concatenate(chunks.map(({ data }) => data));
  // Before anything of the announced size is allocated.
  if (compressed.length * MAX_DEFLATE_RATIO < expected) {
    throw new PictureError(expectation, `only ${compressed.length} compressed bytes`);
  }
  const data = inflateAtMost(compressed, expected, expectation);
  if (data.length < expected) throw new PictureError(expectation, `${data.length}`);
  return data;
}

function inflateAtMost(compressed: Uint8Array, limit: number, expectation: string): Uint8Array {
  try {
    return inflateSync(compressed, { maxOutputLength: limit });
  } catch (error) {
    if ((error as { code?: string }).code === "ERR_BUFFER_TOO_LARGE") throw new PictureError(expectation, "more");
    const reason = error instanceof Error ? error.message : String(error);
    throw new PictureError("image data that inflate", `damaged data (${reason})`, { cause: error });
  }
}

function unfilterPasses(header: PngHeader, data: Uint8Array): PassRows[] {
  const pixelBytes = Math.max(1, storedChannels(header) * header.bitDepth / 8);
  let start = 0;
  return passesOf(header).map((pass) => {
    const bytes = unfilterRows(data.subarray(start), pass, pixelBytes);
    start += pass.rows * (1 + pass.rowBytes);
    return { pass, bytes };
  });
}
