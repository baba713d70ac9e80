/** Metadata as extension chunks: colour space, camera data. The decoder carries them and gives them no meaning. */

import { concatenate } from "./concatenate.ts";
import { BitstreamError } from "./errors.ts";
import type { Extension } from "./header.ts";
import { FieldReader, FieldWriter } from "./header_fields.ts";
import { inflate } from "./inflate.ts";

/** Kinds of metadata; the content is that of the PNG chunk (W3C PNG, third edition) where there is one. */
export type MetadataName = "icc" | "exif" | "xmp" | "cicp" | "srgb" | "gamma" | "chromaticities";

/** Metadata by kind. */
export interface Metadata {
  /** An ICC profile. */
  readonly icc?: Uint8Array;
  /** Exif: a TIFF stream from its byte order mark on. */
  readonly exif?: Uint8Array;
  /** An XMP packet in UTF-8. */
  readonly xmp?: Uint8Array;
  /** Coding-independent code points (ITU-T H.273): primaries, transfer, matrix, full range; 4 bytes. */
  readonly cicp?: Uint8Array;
  /** The rendering intent of sRGB, 0..3; 1 byte. */
  readonly srgb?: Uint8Array;
  /** Gamma of the file times 100000, big-endian; 4 bytes. */
  readonly gamma?: Uint8Array;
  /** White point, red, green, blue as x, y times 100000, big-endian; 32 bytes. */
  readonly chromaticities?: Uint8Array;
}

/** One kind: its chunk id, and its length if that is fixed; those of any length may be compressed. */
export interface MetadataKind {
  readonly name: MetadataName;
  readonly id: number;
  readonly bytes?: number;
}

/** All kinds. Normative: FORMAT.md, section 2.4. */
export const METADATA_KINDS: readonly MetadataKind[] = [
  { name: "icc", id: 16 },
  { name: "exif", id: 17 },
  { name: "xmp", id: 18 },
  { name: "cicp", id: 19, bytes: 4 },
  { name: "srgb", id: 20, bytes: 1 },
  { name: "gamma", id: 21, bytes: 4 },
  { name: "chromaticities", id: 22, bytes: 32 },
];

/** Most bytes of one kind, inflated. */
export const MAX_METADATA_BYTES = 1 << 24;
/** DEFLATE makes at most so many bytes of one: a longer promise is not worth its memory. */
const MAX_DEFLATE_RATIO = 1032;
const [STORED, DEFLATED] = [0, 1];

/** Compresses with DEFLATE (RFC 1951, no header). */
export type Deflate = (data: Uint8Array) => Uint8Array;

/**
 * Metadata as chunks; `deflate` is used where it makes them smaller. Throws a `RangeError` for a length that the kind cannot
 * have.
 */
export function metadataExtensions(metadata: Metadata, deflate: Deflate): Extension[] {
  return METADATA_KINDS.flatMap(({ name, id, bytes }) => {
    const content = metadata[name];
    if (!content) return [];
    if (content.length > MAX_METADATA_BYTES || (bytes ?? content.length) !== content.length) {
      const expected = bytes === undefined ? `at most ${MAX_METADATA_BYTES}` : `${bytes}`;
      throw new RangeError(`Cannot encode metadata ${name}: expected ${expected} bytes, received ${content.length}`);
    }
    return [{ id, data: bytes === undefined ? packed(content, deflate) : content }];
  });
}

function packed(content: Uint8Array, deflate: Deflate): Uint8Array {
  const writer = new FieldWriter();
  writer.bytes.push(DEFLATED);
  writer.writeVarint(content.length);
  const deflated = deflate(content);
  const small = writer.bytes.length + deflated.length < 1 + content.length;
  return small ? concatenate([Uint8Array.from(writer.bytes), deflated]) : concatenate([Uint8Array.of(STORED), content]);
}

/**
 * The metadata among the chunks of a file, `undefined` if there are none. Throws a `BitstreamError` for content that breaks its
 * format.
 */
export function readMetadata(extensions: readonly Extension[]): Metadata | undefined {
  const found: { -readonly [Name in MetadataName]?: Uint8Array } = {};
  for (const { name, id, bytes } of METADATA_KINDS) {
    const chunk = findExtension(extensions, id);
    if (!chunk) continue;
    if (bytes !== undefined && chunk.data.length !== bytes) {
      refuse(chunk, `${bytes} bytes of ${name}`, `${chunk.data.length}`);
    }
    found[name] = bytes === undefined ? unpacked(chunk) : chunk.data;
  }
  return Object.keys(found).length > 0 ? found : undefined;
}

/** Whether chunks of this id hold metadata. */
export function isMetadata(id: number): boolean {
  return METADATA_KINDS.some((kind) => kind.id === id);
}

/** The chunk of an id, if the file has it. Throws a `BitstreamError` if it has two. */
export function findExtension(extensions: readonly Extension[], id: number): Extension | undefined {
  const [first, second] = extensions.filter((chunk) => chunk.id === id);
  if (second) refuse(second, `one extension ${id}`, "another one");
  return first;
}

function unpacked(chunk: Extension): Uint8Array {
  const { data, byteOffset = 0 } = chunk;
  if (data.length > 0 && data[0] === STORED) {
    if (data.length - 1 > MAX_METADATA_BYTES) {
      refuse(chunk, `at most ${MAX_METADATA_BYTES} bytes`, `${data.length - 1}`);
    }
    return data.subarray(1);
  }
  const reader = new FieldReader(data, byteOffset);
  const method = reader.readByte("metadata method");
  if (method !== DEFLATED) refuse(chunk, "method 0 or 1 in metadata", `${method}`);
  const length = reader.readVarint("metadata length");
  const deflated = data.subarray(reader.position);
  const most = Math.min(MAX_METADATA_BYTES, MAX_DEFLATE_RATIO * deflated.length);
  if (length > most) refuse(chunk, `at most ${most} bytes`, `${length}`);
  return inflate(deflated, length, byteOffset + reader.position);
}

function refuse({ id, byteOffset = 0 }: Extension, expected: string, received: string): never {
  throw new BitstreamError(`Cannot read extension ${id}: expected ${expected}, received ${received}`, byteOffset);
}
