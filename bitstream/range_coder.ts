/**
 * A binary range coder: 32-bit range, byte renormalisation, 15-bit probabilities.
 *
 * Both sides split the range at `bound = (range >> 15) * p`: the lower part stands for bit 0, whose probability is p, and
 * the upper part for bit 1. While the range is under 2^24, one byte is shifted out (in).
 *
 *     low                    low + bound                       low + range
 *      |------- bit 0 ------------|----------- bit 1 ---------------|
 */

import { BitstreamError } from "./errors.ts";
import { PROBABILITY_BITS } from "./probability_table.ts";

const MIN_RANGE = 0x1000000;
const FULL_RANGE = 0xffffffff;
/** The probability of a bit that carries one bit of information. */
const HALF = 1 << (PROBABILITY_BITS - 1);
/** The decoder holds four bytes, so that many zeros past the end of a sound stream are the most it ever reads. */
export const LOOKAHEAD = 4;

/** Writes binary decisions into bytes. */
export class RangeEncoder {
  #bytes = new Uint8Array(256);
  #length = 0;
  /** Low end of the interval, in units of the last byte's 2^-32. Invariant between calls: 0 <= low < 2^32. */
  #low = 0;
  /** Invariant between calls: 2^24 <= range < 2^32. */
  #range = FULL_RANGE;

  /** Bytes written so far; the stream ends at most one byte later. */
  get length(): number {
    return this.#length;
  }

  /** The exact price so far, for comparisons: a larger length, or at equal length a smaller range, is more bits. */
  get range(): number {
    return this.#range;
  }

  /** Writes one bit whose probability of being 0 is `probability / 2^15`, 1..32767. */
  encodeBit(bit: number, probability: number): void {
    const bound = (this.#range >>> PROBABILITY_BITS) * probability;
    if (bit === 0) {
      this.#range = bound;
    } else {
      this.#low += bound;
      this.#range -= bound;
      this.#carry();
    }
    while (this.#range < MIN_RANGE) {
      this.#push(this.#low >>> 24);
      this.#low = (this.#low << 8) >>> 0;
      this.#range = (this.#range << 8) >>> 0;
    }
  }

  /** Writes the low `count` bits of `value`, the highest first, each with probability one half. `count` 0..31. */
  encodeBits(value: number, count: number): void {
    for (let i = count - 1; i >= 0; i--) this.encodeBit((value >> i) & 1, HALF);
  }

  /**
   * Ends the stream and gives its bytes. The decoder reads zeros past the end, so of the four bytes of `low` only one is
   * ever needed: the first that lies within the interval when all others are zero, and none if that one is zero too.
   */
  finish(): Uint8Array<ArrayBuffer> {
    if (this.#low > 0) {
      this.#low = Math.ceil(this.#low / MIN_RANGE) * MIN_RANGE;
      this.#carry();
      if (this.#low > 0) this.#push(this.#low >>> 24);
    }
    return this.#bytes.slice(0, this.#length);
  }

  /** Restores low < 2^32: a carry runs through the 0xff bytes before it. It cannot leave the first byte. */
  #carry(): void {
    if (this.#low <= FULL_RANGE) return;
    this.#low -= FULL_RANGE + 1;
    let i = this.#length - 1;
    while (++this.#bytes[i] === 256) i--; // the value before it is stored modulo 256
  }

  #push(byte: number): void {
    if (this.#length === this.#bytes.length) {
      const grown = new Uint8Array(2 * this.#length);
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    this.#bytes[this.#length++] = byte;
  }
}

/** Where a range decoder is: for a kernel that goes on in its place. */
export interface RangeDecoderState {
  readonly code: number;
  readonly range: number;
  /** Offset of the next byte; it goes on counting past the end. */
  readonly position: number;
  /** Offset behind the stream's last byte. */
  readonly end: number;
}

/** Reads binary decisions from bytes. Total: any bytes give decisions, until the stream is clearly too short. */
export class RangeDecoder {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  readonly #byteOffset: number;
  /** Zeros past the end that may be looked at. */
  #zeros = LOOKAHEAD;
  #position: number;
  /** The stream's value minus the encoder's low. In a sound stream 0 <= code < range. */
  #code = 0;
  /** Invariant between calls: 2^24 <= range < 2^32. */
  #range = FULL_RANGE;

  /** Reads the stream in `bytes[start, end)`; `bytes` are at `byteOffset` of the file, from whose first byte errors count. */
  constructor(bytes: Uint8Array, start: number, end: number, byteOffset = 0) {
    this.#bytes = bytes;
    this.#position = start;
    this.#end = end;
    this.#byteOffset = byteOffset;
    for (let i = 0; i < LOOKAHEAD; i++) this.#code = this.#shiftIn();
  }

  /** Offset of the first byte not needed so far, as the encoder's `length` counts (the four bytes ahead excluded). */
  get position(): number {
    return this.#position - LOOKAHEAD;
  }

  /** Whether bytes past the end of the stream have been looked at: the last symbols of any stream do, by four at most. */
  get isPastEnd(): boolean {
    return this.#position > this.#end;
  }

  /**
   * For a stream that may have been cut off, where not even the zeros that a sound one reads at its end can be trusted: from
   * now on every byte must be there.
   */
  refuseZeros(): void {
    this.#zeros = 0;
  }

  /** Throws a `BitstreamError` if more zeros past the end have been looked at than may be. */
  verifyZeros(): void {
    if (this.#position > this.#end + this.#zeros) this.#refuse();
  }

  /** The state as it is. */
  get state(): RangeDecoderState {
    return { code: this.#code, range: this.#range, position: this.#position, end: this.#end };
  }

  /** Goes on from a state of the same stream. Throws a `BitstreamError` if that lies too far past the end. */
  resume({ code, range, position }: RangeDecoderState): void {
    this.#code = code >>> 0;
    this.#range = range >>> 0;
    this.#position = position;
    this.verifyZeros();
  }

  /** Reads one bit whose probability of being 0 is `probability / 2^15`. Throws a `BitstreamError` past the end. */
  decodeBit(probability: number): number {
    const bound = (this.#range >>> PROBABILITY_BITS) * probability;
    const bit = this.#code < bound ? 0 : 1;
    if (bit === 0) {
      this.#range = bound;
    } else {
      this.#code -= bound;
      this.#range -= bound;
    }
    while (this.#range < MIN_RANGE) {
      this.#code = this.#shiftIn();
      this.#range = (this.#range << 8) >>> 0;
    }
    return bit;
  }

  /** Reads `count` bits of probability one half, the highest first. */
  decodeBits(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++) value = (value << 1) | this.decodeBit(HALF);
    return value;
  }

  /** Throws a `BitstreamError` if bytes are left that no encoder would have written. */
  assertEnd(): void {
    const unread = this.#end - this.position;
    if (unread > 1) {
      const message = `Cannot end stream: expected at most 1 byte left, received ${unread}`;
      throw new BitstreamError(message, this.#byteOffset + this.position);
    }
  }

  #shiftIn(): number {
    if (this.#position >= this.#end + this.#zeros) this.#refuse();
    const byte = this.#position < this.#end ? this.#bytes[this.#position] : 0;
    this.#position++;
    return ((this.#code << 8) | byte) >>> 0;
  }

  #refuse(): never {
    throw new BitstreamError("Cannot read stream: expected more bytes, received the end", this.#byteOffset + this.#end);
  }
}
