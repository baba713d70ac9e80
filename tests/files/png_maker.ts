/** PNG files made chunk by chunk, sound or broken on purpose. */

import { crc32, deflateSync } from "node:zlib";
import type { Image } from "../../mod.ts";
import { PNG_SIGNATURE } from "../../files/png_chunks.ts";

/** The fields of an IHDR chunk; the defaults are 8-bit RGB, not interlaced. */
export interface HeaderFields {
  readonly width?: number;
  readonly height?: number;
  readonly bitDepth?: number;
  readonly colourType?: number;
  readonly compression?: number;
  readonly filter?: number;
  readonly interlace?: number;
}

/** A chunk with a correct CRC. */
export function chunk(type: string, data: Uint8Array = new Uint8Array()): Uint8Array {
  const bytes = new Uint8Array(12 + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  bytes.set(new TextEncoder().encode(type), 4);
  bytes.set(data, 8);
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)));
  return bytes;
}

/** An IHDR chunk. */
export function headerChunk(fields: HeaderFields = {}): Uint8Array {
  const data = new Uint8Array(13);
  const view = new DataView(data.buffer);
  view.setUint32(0, fields.width ?? 4);
  view.setUint32(4, fields.height ?? 4);
  data.set([fields.bitDepth ?? 8, fields.colourType ?? 2, fields.compression ?? 0, fields.filter ?? 0], 8);
  data[12] = fields.interlace ?? 0;
  return chunk("IHDR", data);
}

/** An IDAT chunk that inflates to `bytes`. */
export function dataChunk(bytes: Uint8Array): Uint8Array {
  return chunk("IDAT", deflateSync(bytes));
}

/** A file of these chunks. */
export function pngOf(...chunks: Uint8Array[]): Uint8Array<ArrayBuffer> {
  return join(PNG_SIGNATURE, ...chunks);
}

/** Byte strings one after another. */
export function join(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

/** A sound file of 4x4 pixels whose inflated data are `dataLength` bytes; 52 are right. */
export function tinyPng(fields: HeaderFields = {}, dataLength = 52): Uint8Array<ArrayBuffer> {
  return pngOf(headerChunk(fields), dataChunk(new Uint8Array(dataLength)), chunk("IEND"));
}

/** A colourful picture without a photograph's smoothness or noise's disorder. */
export function testPicture(width: number, height: number): Image {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    const pixel = Math.floor(i / 3);
    const [x, y] = [pixel % width, Math.floor(pixel / width)];
    return 128 + 90 * Math.sin((x * (1 + i % 3) + 2 * y) / 9) + ((x * 7 + y * 13) % 11);
  });
  return { width, height, channels: 3, bitDepth: 8, data };
}
