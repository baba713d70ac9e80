/**
 * DEFLATE (RFC 1951), decoding only: metadata chunks are compressed with it.
 *
 * The length of the result is known beforehand, so that no stream can make the decoder take more memory or time than that.
 */

import { BitstreamError } from "./errors.ts";

/** Longest code word, in bits. */
const MAX_CODE_BITS = 15;
const END_OF_BLOCK = 256;
/** Symbols of each alphabet that may be used; the codes of all of them must fit 288 and 32. */
const [MAX_LITERALS, MAX_DISTANCES] = [286, 30];
/** Order in which the lengths of the code-length code are stored. */
const LENGTH_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
/** Extra bits and first value of each length symbol (257...) and distance symbol. */
const LENGTH_BITS = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const LENGTH_BASES = firstValues(LENGTH_BITS, 3).with(28, 258);
const DISTANCE_BITS = Array.from({ length: MAX_DISTANCES }, (_, i) => Math.max(0, (i >> 1) - 1));
const DISTANCE_BASES = firstValues(DISTANCE_BITS, 1);

function firstValues(bits: readonly number[], first: number): number[] {
  let next = first;
  return bits.map((count) => (next += 1 << count) - (1 << count));
}

/** A canonical Huffman code: how many code words there are of each length, and their symbols in order. */
interface HuffmanCode {
  readonly counts: Uint16Array;
  readonly symbols: Uint16Array;
}

/**
 * The `length` bytes that a DEFLATE stream stands for. Throws a `BitstreamError` if it stands for more or fewer, is damaged, or
 * does not end with the last byte of `data`; the error names `byteOffset`.
 */
export function inflate(data: Uint8Array, length: number, byteOffset: number): Uint8Array<ArrayBuffer> {
  return new Inflater(data, length, byteOffset).run();
}

class Inflater {
  readonly #data: Uint8Array;
  readonly #output: Uint8Array<ArrayBuffer>;
  readonly #byteOffset: number;
  /** Next bit of the stream; bits of a byte are taken from the lowest. */
  #bit = 0;
  /** Bytes of the output that are there. */
  #filled = 0;

  constructor(data: Uint8Array, length: number, byteOffset: number) {
    this.#data = data;
    this.#output = new Uint8Array(length);
    this.#byteOffset = byteOffset;
  }

  run(): Uint8Array<ArrayBuffer> {
    for (let last = 0; last === 0;) {
      last = this.#bits(1);
      const kind = this.#bits(2);
      if (kind === 0) this.#stored();
      else if (kind === 1) this.#block(FIXED_LITERALS, FIXED_DISTANCES);
      else if (kind === 2) this.#dynamicBlock();
      else this.#refuse("a block of kind 0, 1 or 2");
    }
    if (this.#filled !== this.#output.length) this.#refuse(`${this.#output.length} bytes`);
    if ((this.#bit + 7) >> 3 !== this.#data.length) this.#refuse("the stream to end with the chunk");
    return this.#output;
  }

  #bits(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++) value |= this.#nextBit() << i;
    return value;
  }

  #nextBit(): number {
    if (this.#bit >= 8 * this.#data.length) this.#refuse("more data");
    const bit = (this.#data[this.#bit >> 3] >> (this.#bit & 7)) & 1;
    this.#bit++;
    return bit;
  }

  #stored(): void {
    this.#bit = (this.#bit + 7) & ~7;
    const length = this.#bits(16);
    if (this.#bits(16) !== (length ^ 0xffff)) this.#refuse("a stored length and its complement");
    const start = this.#bit >> 3;
    if (start + length > this.#data.length) this.#refuse("more data");
    this.#room(length);
    this.#output.set(this.#data.subarray(start, start + length), this.#filled);
    this.#filled += length;
    this.#bit += 8 * length;
  }

  #dynamicBlock(): void {
    const [literals, distances, stored] = [this.#bits(5) + 257, this.#bits(5) + 1, this.#bits(4) + 4];
    if (literals > MAX_LITERALS || distances > MAX_DISTANCES) this.#refuse("286 literals and 30 distances at most");
    const meta = new Uint8Array(LENGTH_ORDER.length);
    for (let i = 0; i < stored; i++) meta[LENGTH_ORDER[i]] = this.#bits(3);
    const lengths = this.#codeLengths(this.#code(meta), literals + distances);
    if (lengths[END_OF_BLOCK] === 0) this.#refuse("a code for the end of a block");
    this.#block(this.#code(lengths.subarray(0, literals)), this.#code(lengths.subarray(literals)));
  }

  #codeLengths(code: HuffmanCode, count: number): Uint8Array {
    const lengths = new Uint8Array(count);
    for (let i = 0; i < count;) {
      const symbol = this.#symbol(code);
      if (symbol < 16) lengths[i++] = symbol;
      else {
        if (symbol === 16 && i === 0) this.#refuse("a length to repeat");
        const value = symbol === 16 ? lengths[i - 1] : 0;
        const times = symbol === 16 ? 3 + this.#bits(2) : symbol === 17 ? 3 + this.#bits(3) : 11 + this.#bits(7);
        if (i + times > count) this.#refuse("fewer code lengths");
        lengths.fill(value, i, i + times);
        i += times;
      }
    }
    return lengths;
  }

  /** A code that is over-subscribed is refused; one that is incomplete fails when a missing word is met. */
  #code(lengths: Uint8Array): HuffmanCode {
    const code = huffmanCode(lengths);
    let left = 1;
    for (let bits = 1; bits <= MAX_CODE_BITS; bits++) left = 2 * left - code.counts[bits];
    if (left < 0) this.#refuse("a prefix code");
    return code;
  }

  #symbol({ counts, symbols }: HuffmanCode): number {
    let [word, first, index] = [0, 0, 0];
    for (let bits = 1; bits <= MAX_CODE_BITS; bits++) {
      word |= this.#nextBit();
      const count = counts[bits];
      if (word - first < count) return symbols[index + word - first];
      index += count;
      first = (first + count) << 1;
      word <<= 1;
    }
    return this.#refuse("a code word");
  }

  #block(literals: HuffmanCode, distances: HuffmanCode): void {
    for (let symbol = this.#symbol(literals); symbol !== END_OF_BLOCK; symbol = this.#symbol(literals)) {
      if (symbol < END_OF_BLOCK) {
        this.#room(1);
        this.#output[this.#filled++] = symbol;
      } else {
        if (symbol > MAX_LITERALS - 1) this.#refuse("a length symbol");
        const length = LENGTH_BASES[symbol - 257] + this.#bits(LENGTH_BITS[symbol - 257]);
        const far = this.#symbol(distances);
        if (far >= MAX_DISTANCES) this.#refuse("a distance symbol");
        this.#copy(DISTANCE_BASES[far] + this.#bits(DISTANCE_BITS[far]), length);
      }
    }
  }

  #copy(distance: number, length: number): void {
    if (distance > this.#filled) this.#refuse("a distance within the data");
    this.#room(length);
    for (let i = 0; i < length; i++, this.#filled++) {
      this.#output[this.#filled] = this.#output[this.#filled - distance];
    }
  }

  #room(length: number): void {
    if (this.#filled + length > this.#output.length) this.#refuse(`${this.#output.length} bytes`);
  }

  #refuse(expected: string): never {
    throw new BitstreamError(
      `Cannot inflate metadata: expected ${expected}, received other data`,
      this.#byteOffset + (this.#bit >> 3),
    );
  }
}

function huffmanCode(lengths: ArrayLike<number>): HuffmanCode {
  const counts = new Uint16Array(MAX_CODE_BITS + 1);
  for (let i = 0; i < lengths.length; i++) if (lengths[i] > 0) counts[lengths[i]]++;
  const next = new Uint16Array(MAX_CODE_BITS + 2);
  for (let bits = 1; bits <= MAX_CODE_BITS; bits++) next[bits + 1] = next[bits] + counts[bits];
  const symbols = new Uint16Array(lengths.length);
  for (let i = 0; i < lengths.length; i++) if (lengths[i] > 0) symbols[next[lengths[i]]++] = i;
  return { counts, symbols };
}

const FIXED_LITERALS = huffmanCode(
  Array.from({ length: 288 }, (_, i) => i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8),
);
const FIXED_DISTANCES = huffmanCode(new Uint8Array(32).fill(5));
