/**
 * The header as tables: every field once, with its size, range and meaning. The tables drive the reader, the writer and the
 * printed description, so these cannot disagree.
 */

import { BitstreamError } from "./errors.ts";

/** One field of the header. It is stored as `value - min`. */
export interface HeaderField<Name extends string = string> {
  readonly name: Name;
  /** Bits, highest first; `varint`: bytes of 7 bits, lowest group first, the high bit set on all but the last. */
  readonly bits: number | "varint";
  readonly min: number;
  readonly max: number;
  readonly meaning: string;
}

/** Values of a table of fields. */
export type FieldValues<Name extends string> = Record<Name, number>;

/** The architecture number that announces the fields of `ARCHITECTURE_FIELDS`. */
export const EXPLICIT_ARCHITECTURE = 15;
/** First two bytes of a file: reads "C41C"; never valid UTF-8. */
export const MAGIC = 0xc41c;
/** The version that this code reads and writes. */
export const VERSION = 1;

/** Start of a file up to the sizes. */
export const FIXED_FIELDS = [
  { name: "magic", bits: 16, min: 0, max: 0xffff, meaning: "file type, 0xc41c" },
  { name: "version", bits: 4, min: 0, max: 15, meaning: "format version" },
  { name: "architecture", bits: 4, min: 0, max: 15, meaning: "0 lop, 1 mop, 2 hop, 3 vhop, 15 described below" },
  { name: "colour", bits: 2, min: 0, max: 3, meaning: "0 gray, 1 RGB, 2 gray and alpha, 3 RGB and alpha" },
  { name: "bitDepth", bits: 4, min: 8, max: 16, meaning: "bits per sample" },
  { name: "topLevel", bits: 4, min: 0, max: 12, meaning: "coarsest latent level" },
  { name: "streams", bits: 3, min: 1, max: 8, meaning: "entropy-coded streams" },
  { name: "extensions", bits: 1, min: 0, max: 1, meaning: "1: extension chunks follow" },
  { name: "defaults", bits: 2, min: 0, max: 3, meaning: "learned defaults: 0 none, 1 partial, 2 all, 3 with fields" },
  { name: "width", bits: "varint", min: 1, max: 65535, meaning: "pixels" },
  { name: "height", bits: "varint", min: 1, max: 65535, meaning: "pixels" },
] as const satisfies HeaderField[];

/** Follow the fixed fields and the architecture. */
export const CHECKSUM_FIELDS = [
  { name: "fileChecksum", bits: 16, min: 0, max: 0xffff, meaning: "CRC-16 of all other bytes" },
  { name: "pixelChecksum", bits: 32, min: 0, max: 0xffffffff, meaning: "CRC-32 of the decoded samples" },
] as const satisfies HeaderField[];

/** An architecture that is not a preset. */
export const ARCHITECTURE_FIELDS = [
  { name: "contexts", bits: 6, min: 1, max: 40, meaning: "spatial context values" },
  { name: "features", bits: 5, min: 0, max: 16, meaning: "inter-grid features" },
  { name: "ifceLevels", bits: 4, min: 0, max: 15, meaning: "levels below this have an IFCE" },
  { name: "ifceReach", bits: 2, min: 0, max: 3, meaning: "reach of the IFCE's window" },
  { name: "hyperFirstLevel", bits: 4, min: 0, max: 15, meaning: "hyper grids from this level on" },
  { name: "hyperPlanes", bits: 4, min: 0, max: 15, meaning: "hyper grids that are synthesised, the finest ones" },
  { name: "armStabiliser", bits: 1, min: 0, max: 1, meaning: "1: ARM has a parallel linear layer" },
  { name: "synthesisStabiliser", bits: 1, min: 0, max: 1, meaning: "1: synthesis has a parallel linear layer" },
  { name: "armLayers", bits: 3, min: 0, max: 7, meaning: "hidden layers of the ARM" },
  { name: "synthesisLayers", bits: 3, min: 1, max: 7, meaning: "layers of the synthesis" },
] as const satisfies HeaderField[];

/** One hidden layer of the ARM. */
export const ARM_LAYER_FIELDS = [
  { name: "outputs", bits: 6, min: 1, max: 64, meaning: "width" },
  { name: "residual", bits: 1, min: 0, max: 1, meaning: "1: adds its input" },
] as const satisfies HeaderField[];

/** One layer of the synthesis. */
export const SYNTHESIS_LAYER_FIELDS = [
  { name: "outputs", bits: 7, min: 0, max: 127, meaning: "planes, 0: as the image" },
  { name: "kernel3x3", bits: 1, min: 0, max: 1, meaning: "0: 1x1, 1: 3x3" },
  { name: "residual", bits: 1, min: 0, max: 1, meaning: "1: adds its input" },
  { name: "relu", bits: 1, min: 0, max: 1, meaning: "1: negative values become 0" },
] as const satisfies HeaderField[];

/** Writes bits, highest first, and varints. */
export class FieldWriter {
  readonly bytes: number[] = [];
  #free = 0;

  /** Writes the fields of a table. Throws a `RangeError` for a value out of range. */
  write<Name extends string>(fields: readonly HeaderField<Name>[], values: FieldValues<Name>): void {
    for (const { name, bits, min, max } of fields) {
      const value = values[name];
      if (!(value >= min && value <= max && Number.isInteger(value))) {
        throw new RangeError(`Cannot write ${name}: expected ${min}..${max}, received ${value}`);
      }
      if (bits === "varint") this.writeVarint(value - min);
      else this.#writeBits(value - min, bits);
    }
  }

  /** Writes an integer 0..2^31-1 from the next byte on. */
  writeVarint(value: number): void {
    this.align();
    for (; value > 127; value >>= 7) this.bytes.push(128 | (value & 127));
    this.bytes.push(value);
  }

  /** Goes to the next byte; the bits left are 0. */
  align(): void {
    this.#free = 0;
  }

  #writeBits(value: number, count: number): void {
    for (let i = count - 1; i >= 0; i--) {
      if (this.#free === 0) {
        this.bytes.push(0);
        this.#free = 8;
      }
      this.bytes[this.bytes.length - 1] |= ((value >>> i) & 1) << --this.#free;
    }
  }
}

/** A field as it was found in a file. */
export interface FoundField {
  readonly field: HeaderField;
  readonly value: number;
  /** Byte and bit (0: the highest) at which it starts. */
  readonly byte: number;
  readonly bit: number;
}

/** Reads what `FieldWriter` writes. Throws a `BitstreamError` at the end of the bytes or for a value out of range. */
export class FieldReader {
  /** All fields read so far, in file order. */
  readonly found: FoundField[] = [];
  readonly #bytes: Uint8Array;
  readonly #byteOffset: number;
  #position = 0;
  /** Bits of the byte at `#position` already read, 0..7. */
  #used = 0;

  /** Reads `bytes`, which are at `byteOffset` of the file: errors count from its first byte. */
  constructor(bytes: Uint8Array, byteOffset = 0) {
    this.#bytes = bytes;
    this.#byteOffset = byteOffset;
  }

  /** Offset of the next byte, of which bits may have been read. */
  get position(): number {
    return this.#position;
  }

  /** Reads the fields of a table. */
  read<Name extends string>(fields: readonly HeaderField<Name>[]): FieldValues<Name> {
    const values = {} as FieldValues<Name>;
    for (const field of fields) {
      const { name, bits, min, max } = field;
      const [byte, bit] = [this.#position, this.#used];
      const value = min + (bits === "varint" ? this.readVarint(name) : this.#readBits(bits, name));
      if (value > max) this.#refuse(name, `${min}..${max}, received ${value}`, byte);
      this.found.push({ field, value, byte, bit });
      values[name] = value;
    }
    return values;
  }

  /** Reads an integer 0..2^31-1 that starts at a byte. `name` is for the error. */
  readVarint(name: string): number {
    let value = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.readByte(name);
      value |= (byte & 127) << shift;
      if (byte < 128) return value;
    }
    const byte = this.readByte(name);
    if (byte > 7) this.#refuse(name, "at most 31 bits", this.#position - 1);
    return value | (byte << 28);
  }

  /** Reads the next whole byte. */
  readByte(name: string): number {
    if (this.#position >= this.#bytes.length) this.#refuse(name, "more bytes, received the end");
    return this.#bytes[this.#position++];
  }

  /** A copy of the next `length` bytes. */
  readBytes(length: number, name: string): Uint8Array<ArrayBuffer> {
    const left = this.#bytes.length - this.#position;
    if (length > left) this.#refuse(name, `${length} bytes, received ${left}`);
    this.#position += length;
    // Not `slice`: that of a Node buffer is no copy.
    return new Uint8Array(this.#bytes.subarray(this.#position - length, this.#position));
  }

  /** Goes to the next byte; throws a `BitstreamError` if a bit left out is not 0. */
  align(): void {
    while (this.#used !== 0) {
      if (this.#readBits(1, "padding") === 1) this.#refuse("padding", "0, received 1");
    }
  }

  #refuse(name: string, expected: string, position = this.#position): never {
    throw new BitstreamError(`Cannot read ${name}: expected ${expected}`, this.#byteOffset + position);
  }

  #readBits(count: number, name: string): number {
    let value = 0;
    for (let i = 0; i < count; i++) {
      if (this.#position >= this.#bytes.length) this.readByte(name);
      value = 2 * value + ((this.#bytes[this.#position] >> (7 - this.#used)) & 1);
      this.#used = (this.#used + 1) & 7;
      if (this.#used === 0) this.#position++;
    }
    return value;
  }
}
