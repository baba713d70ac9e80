/**
 * The header: all of a file before its entropy-coded streams.
 *
 *     fixed fields | [architecture] | checksums | [extension chunks] | [stream lengths]
 *          9              0                6              0                  0           bytes for most photographs
 */

import { type Architecture, type ImageShape, PRESET_NAMES, type PresetName, PRESETS } from "./architecture.ts";
import { DEFAULT_SCOPES, type DefaultScope, defaultsFault } from "./defaults.ts";
import { BitstreamError } from "./errors.ts";
import { architectureFault, presetOf, readArchitecture, writeArchitecture } from "./header_architecture.ts";
import {
  CHECKSUM_FIELDS,
  EXPLICIT_ARCHITECTURE,
  FieldReader,
  type FieldValues,
  FieldWriter,
  FIXED_FIELDS,
  type FoundField,
  MAGIC,
  VERSION,
} from "./header_fields.ts";
import { RESTORATION_ID } from "./restoration.ts";

/** Data that a decoder may skip if it does not know it, or must not if it is critical. */
export interface Extension {
  /** 0..127; with bit 7 set (128..255) a decoder that does not know the chunk must refuse the file. */
  readonly id: number;
  readonly data: Uint8Array;
  /** Offset of its content in the file it was read from. */
  readonly byteOffset?: number;
}

/** What the header of a file says. */
export interface Header {
  readonly version: number;
  readonly shape: ImageShape;
  /** Bits per sample, 8..16. */
  readonly bitDepth: number;
  readonly architecture: Architecture;
  /** The name of the architecture, if it is a preset. */
  readonly preset: PresetName | undefined;
  /** Which network parameters are differences from learned defaults. */
  readonly defaults: DefaultScope;
  /** CRC-16 of all bytes of the file but its own two. */
  readonly fileChecksum: number;
  /** CRC-32 of the decoded samples. */
  readonly pixelChecksum: number;
  readonly extensions: readonly Extension[];
  /** Bytes of each entropy-coded stream; they end with the file. */
  readonly streamLengths: readonly number[];
}

/** A header and where it lies. */
export interface ParsedHeader {
  readonly header: Header;
  /** Offset of the first stream. */
  readonly end: number;
  /** Offset of the two bytes of `fileChecksum`. */
  readonly checksumOffset: number;
  /** Its fields one by one, for a description. */
  readonly found: readonly FoundField[];
}

/** Channels by the number of a colour: gray, RGB, and each with alpha as the last channel. */
const COLOUR_CHANNELS: readonly number[] = [1, 3, 2, 4];

/** Bit 7 of an extension's id. */
const CRITICAL = 128;
/** Critical extensions that this version knows. */
const KNOWN_CRITICAL: readonly number[] = [RESTORATION_ID];

/** The header as bytes, with a file checksum as given. Throws a `RangeError` for anything a file cannot say. */
export function writeHeader(header: Omit<Header, "version" | "preset">): { bytes: Uint8Array; checksumOffset: number } {
  const writer = new FieldWriter();
  const preset = presetOf(header.architecture);
  const fault = headerFault(header);
  if (fault) throw new RangeError(`Cannot write header: ${fault}`);
  writer.write(FIXED_FIELDS, {
    magic: MAGIC,
    version: VERSION,
    architecture: preset ? PRESET_NAMES.indexOf(preset) : EXPLICIT_ARCHITECTURE,
    colour: COLOUR_CHANNELS.indexOf(header.shape.channels),
    bitDepth: header.bitDepth,
    topLevel: header.shape.topLevel,
    streams: header.streamLengths.length,
    extensions: Number(header.extensions.length > 0),
    defaults: DEFAULT_SCOPES.indexOf(header.defaults),
    width: header.shape.width,
    height: header.shape.height,
  });
  if (!preset) writeArchitecture(writer, header.architecture);
  const checksumOffset = writer.bytes.length;
  writer.write(CHECKSUM_FIELDS, header);
  if (header.extensions.length > 0) writeExtensions(writer, header.extensions);
  for (const length of header.streamLengths.slice(0, -1)) writer.writeVarint(length);
  return { bytes: Uint8Array.from(writer.bytes), checksumOffset };
}

/**
 * Reads the header of a file. Throws a `BitstreamError` for another file type, an unknown version or feature, values out of
 * range, and stream lengths beyond the end. The checksums are not verified.
 *
 * With `cut`, streams may end early: their lengths are those of the bytes that are there.
 */
export function readHeader(bytes: Uint8Array, { cut = false }: { cut?: boolean } = {}): ParsedHeader {
  const reader = new FieldReader(bytes);
  const fields = reader.read(FIXED_FIELDS);
  refuseUnknown(fields);
  const explicit = fields.architecture === EXPLICIT_ARCHITECTURE;
  const preset = explicit ? undefined : PRESET_NAMES[fields.architecture];
  const architecture = preset ? PRESETS[preset] : readArchitecture(reader);
  const { width, height, topLevel, bitDepth } = fields;
  const shape = { width, height, channels: COLOUR_CHANNELS[fields.colour], topLevel };
  const defaults = DEFAULT_SCOPES[fields.defaults];
  const fault = headerFault({ shape, architecture, defaults });
  if (fault) throw new BitstreamError(`Cannot read header: ${fault}`, reader.position);
  const checksumOffset = reader.position;
  const checksums = reader.read(CHECKSUM_FIELDS);
  const extensions = fields.extensions === 1 ? readExtensions(reader) : [];
  const streamLengths = readStreamLengths(reader, { streams: fields.streams, fileLength: bytes.length, cut });
  const header = {
    version: fields.version,
    shape,
    bitDepth,
    architecture,
    preset,
    defaults,
    ...checksums,
    extensions,
    streamLengths,
  };
  return { header, end: reader.position, checksumOffset, found: reader.found };
}

/** What is wrong with values that are in range one by one. */
function headerFault(
  { shape, architecture, defaults }: Pick<Header, "shape" | "architecture" | "defaults">,
): string | undefined {
  if (!COLOUR_CHANNELS.includes(shape.channels)) return `expected 1 to 4 channels, received ${shape.channels}`;
  return defaultsFault(architecture, shape, defaults) ?? architectureFault(architecture, shape);
}

function refuseUnknown(fields: FieldValues<typeof FIXED_FIELDS[number]["name"]>): void {
  const refuse = (what: string) => {
    throw new BitstreamError(`Cannot read header: ${what}`, 2);
  };
  if (fields.magic !== MAGIC) {
    const received = fields.magic.toString(16).padStart(4, "0");
    throw new BitstreamError(`Cannot read header: expected magic 0x${MAGIC.toString(16)}, received 0x${received}`, 0);
  }
  if (fields.version !== VERSION) refuse(`expected version ${VERSION}, received version ${fields.version}`);
  if (fields.architecture >= PRESET_NAMES.length && fields.architecture !== EXPLICIT_ARCHITECTURE) {
    refuse(`expected architecture 0..${PRESET_NAMES.length - 1} or 15, received ${fields.architecture}`);
  }
}

function writeExtensions(writer: FieldWriter, extensions: readonly Extension[]): void {
  writer.writeVarint(extensions.length);
  for (const { id, data } of extensions) {
    if (!(id >= 0 && id < 256)) throw new RangeError(`Cannot write extension: expected id 0..255, received ${id}`);
    writer.bytes.push(id);
    writer.writeVarint(data.length);
    for (const byte of data) writer.bytes.push(byte);
  }
}

function readExtensions(reader: FieldReader): Extension[] {
  const count = reader.readVarint("number of extensions");
  const extensions: Extension[] = [];
  for (let i = 0; i < count; i++) {
    const offset = reader.position;
    const id = reader.readByte("extension id");
    if (id >= CRITICAL && !KNOWN_CRITICAL.includes(id)) {
      throw new BitstreamError(`Cannot read file: it needs the unknown extension ${id}`, offset);
    }
    const length = reader.readVarint("extension length");
    const byteOffset = reader.position;
    extensions.push({ id, data: reader.readBytes(length, "extension"), byteOffset });
  }
  return extensions;
}

/** The lengths of all streams but the last are stored; the last one takes the rest of the file. */
function readStreamLengths(
  reader: FieldReader,
  { streams, fileLength, cut }: { streams: number; fileLength: number; cut: boolean },
): number[] {
  const stored = Array.from({ length: streams - 1 }, () => reader.readVarint("stream length"));
  let left = fileLength - reader.position;
  const lengths = stored.map((length) => {
    const there = Math.min(length, left);
    left -= there;
    if (there < length && !cut) {
      throw new BitstreamError(`Cannot read stream: expected ${length} bytes, received ${there}`, fileLength);
    }
    return there;
  });
  return [...lengths, left];
}

/** A header field by field, one line each: offset, name, value, meaning. */
export function describeHeader({ found }: ParsedHeader): string {
  return found.map(({ field, value, byte, bit }) => {
    const place = `${byte}.${bit}`.padStart(6);
    return `${place}  ${field.name.padEnd(20)} ${String(value).padStart(10)}  ${field.meaning}`;
  }).join("\n");
}
