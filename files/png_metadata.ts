/** Metadata in PNG files: colour space, Exif and XMP, from their chunks and back. */

import { deflateSync, inflateSync } from "node:zlib";
import type { Metadata, MetadataName } from "../mod.ts";
import { concatenate } from "./concatenate.ts";
import type { PngChunk } from "./png_chunks.ts";

/** Most bytes of a profile or text after inflating; the bitstream has the same limit. */
const MAX_BYTES = 1 << 24;
const XMP_KEYWORD = "XML:com.adobe.xmp";
const ENCODER = new TextEncoder();

/** The gamma that goes with sRGB, which a file with that chunk need not say (W3C PNG, third edition, 11.3.2.5). */
const SRGB_GAMMA = Uint8Array.of(0, 0, 0xb1, 0x8f);

/** Chunks whose content is carried as it is: their names, and their lengths where these are fixed. */
const PLAIN_CHUNKS: readonly (readonly [type: string, name: MetadataName, bytes: number | undefined])[] = [
  ["cICP", "cicp", 4],
  ["sRGB", "srgb", 1],
  ["gAMA", "gamma", 4],
  ["cHRM", "chromaticities", 32],
  ["eXIf", "exif", undefined],
];

/**
 * The metadata of a file's chunks, `undefined` if there are none. A damaged chunk does not spoil the picture: it is left out, and
 * `onWarning` is told. A gamma that only repeats what sRGB says is left out too: `pngMetadataChunks` adds it.
 */
export function readPngMetadata(
  chunks: readonly PngChunk[],
  onWarning: (message: string) => void,
): Metadata | undefined {
  const found: { -readonly [Name in MetadataName]?: Uint8Array } = {};
  for (const { type, data } of chunks) {
    try {
      const [name, content] = readChunk(type, data) ?? [];
      if (name && content) found[name] ??= content;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      onWarning(`left out the damaged metadata in chunk ${type} (${reason})`);
    }
  }
  if (found.srgb && isSrgbGamma(found.gamma)) delete found.gamma;
  return Object.keys(found).length > 0 ? found : undefined;
}

function isSrgbGamma(gamma: Uint8Array | undefined): boolean {
  return gamma !== undefined && SRGB_GAMMA.every((byte, i) => byte === gamma[i]);
}

function readChunk(type: string, data: Uint8Array): [MetadataName, Uint8Array] | undefined {
  if (type === "iCCP") return ["icc", readProfile(data)];
  if (type === "iTXt") {
    const packet = readXmp(data);
    return packet && ["xmp", packet];
  }
  const plain = PLAIN_CHUNKS.find(([known]) => known === type);
  if (!plain) return undefined;
  const [, name, bytes] = plain;
  if (bytes !== undefined && data.length !== bytes) throw new Error(`expected ${bytes} bytes, found ${data.length}`);
  if (data.length === 0 || data.length > MAX_BYTES) throw new Error(`expected 1 to ${MAX_BYTES} bytes`);
  return [name, data.slice()];
}

/** iCCP: name, 0, method 0, zlib data. */
function readProfile(data: Uint8Array): Uint8Array {
  const end = data.indexOf(0);
  if (end < 1 || end > 79 || data[end + 1] !== 0) throw new Error("expected a name and method 0");
  return inflated(data.subarray(end + 2));
}

/** iTXt: keyword, 0, compressed, method, language, 0, translated keyword, 0, text. Other texts are no metadata. */
function readXmp(data: Uint8Array): Uint8Array | undefined {
  const keyword = ENCODER.encode(`${XMP_KEYWORD}\0`);
  if (!keyword.every((byte, i) => data[i] === byte)) return undefined;
  const compressed = data[keyword.length];
  const language = data.indexOf(0, keyword.length + 2);
  const translated = language < 0 ? -1 : data.indexOf(0, language + 1);
  if (translated < 0) throw new Error("expected a language and a translated keyword");
  const text = data.subarray(translated + 1);
  return compressed === 1 ? inflated(text) : text.slice();
}

function inflated(data: Uint8Array): Uint8Array {
  return new Uint8Array(inflateSync(data, { maxOutputLength: MAX_BYTES }));
}

/** A chunk to be written. */
export interface ChunkContent {
  readonly type: string;
  readonly data: Uint8Array;
}

/**
 * Metadata as chunks, in an order that PNG allows: all of them may stand between IHDR and the picture's data. sRGB comes with its
 * gamma, for readers that do not know it.
 */
export function pngMetadataChunks(given: Metadata): ChunkContent[] {
  const metadata = given.srgb ? { gamma: SRGB_GAMMA, ...given } : given;
  const plain = PLAIN_CHUNKS.flatMap(([type, name]) => {
    const data = metadata[name];
    return data ? [{ type, data }] : [];
  });
  return [
    ...metadata.icc ? [{ type: "iCCP", data: join("ICC profile\0\0", deflateSync(metadata.icc, { level: 9 })) }] : [],
    ...plain,
    ...metadata.xmp ? [{ type: "iTXt", data: join(`${XMP_KEYWORD}\0\0\0\0\0`, metadata.xmp) }] : [],
  ];
}

function join(start: string, rest: Uint8Array): Uint8Array {
  return concatenate([ENCODER.encode(start), rest]);
}
