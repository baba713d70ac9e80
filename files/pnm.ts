/** Reads Netpbm files: PBM, PGM and PPM, as text or binary, and PAM; 1 to 16 bits. */

import { type Image, newSamples, type SampleArray, splitAlpha } from "../mod.ts";
import { PictureError } from "./errors.ts";
import { checkSize } from "./picture_size.ts";

/** What a header announces. */
interface PnmHeader {
  readonly width: number;
  readonly height: number;
  /** Samples per pixel, 1 to 4; even numbers have alpha. */
  readonly stored: number;
  readonly maximum: number;
  /** `P1`: 1 is black. */
  readonly inverted: boolean;
  readonly raster: "text" | "bits" | "binary";
  /** Offset of the raster. */
  readonly start: number;
}

/**
 * Decodes a Netpbm file. Samples up to 255 become 8 bits, larger ones as many as they need; a maximum that is no power of two minus
 * one is scaled to the next. Throws a `PictureError` for a file that is damaged or too large.
 */
export function readPnm(bytes: Uint8Array): Image {
  const header = bytes[1] === 0x37 ? readPamHeader(bytes) : readPnmHeader(bytes);
  checkSize(header);
  const { width, height, stored, maximum } = header;
  if (!(maximum >= 1 && maximum <= 65535)) throw new PictureError("a maximum of 1 to 65535", `${maximum}`);
  const bitDepth = Math.max(8, Math.ceil(Math.log2(maximum + 1)));
  const samples = newSamples(width * height * stored, bitDepth);
  readRaster(bytes, header, samples);
  rescale(samples, { maximum, bitDepth, inverted: header.inverted });
  const size = { width, height, bitDepth };
  if (stored === 1 || stored === 3) return { ...size, channels: stored, data: samples };
  return { ...size, channels: stored - 1, ...splitAlpha(samples, { stored, bitDepth }) };
}

function readPnmHeader(bytes: Uint8Array): PnmHeader {
  const kind = bytes[1] - 0x30;
  const numbers = new NumberReader(bytes, 2);
  const [width, height] = [numbers.next("width"), numbers.next("height")];
  const bitmap = kind === 1 || kind === 4;
  const maximum = bitmap ? 1 : numbers.next("maximum");
  const raster = kind < 4 ? "text" : bitmap ? "bits" : "binary";
  // Exactly one white-space byte stands before a binary raster.
  const start = numbers.position + 1;
  return { width, height, stored: kind % 3 === 0 ? 3 : 1, maximum, inverted: bitmap, raster, start };
}

/** Longest header of a PAM file that is looked at. */
const MAX_PAM_HEADER = 4096;

function readPamHeader(bytes: Uint8Array): PnmHeader {
  const text = new TextDecoder("latin1").decode(bytes.subarray(0, MAX_PAM_HEADER));
  const end = /^ENDHDR\n/m.exec(text);
  if (!end) throw new PictureError("a PAM header that ends with ENDHDR", "none");
  const lines = text.slice(0, end.index).split("\n");
  const number = (name: string) => {
    const line = lines.find((line) => line.startsWith(`${name} `));
    const value = Number(line?.slice(name.length));
    if (!line || !Number.isInteger(value)) throw new PictureError(`a number for ${name}`, line ?? "none");
    return value;
  };
  const [width, height, stored, maximum] = [number("WIDTH"), number("HEIGHT"), number("DEPTH"), number("MAXVAL")];
  if (!(stored >= 1 && stored <= 4)) throw new PictureError("a DEPTH of 1 to 4", `${stored}`);
  return { width, height, stored, maximum, inverted: false, raster: "binary", start: end.index + end[0].length };
}

function readRaster(
  bytes: Uint8Array,
  { width, height, stored, maximum, raster, start }: PnmHeader,
  samples: SampleArray,
) {
  if (raster === "text") return readText(bytes, start, { samples, digits: maximum === 1 });
  const rowBytes = raster === "bits" ? Math.ceil(width / 8) : width * stored * (maximum > 255 ? 2 : 1);
  const found = bytes.length - start;
  if (found < rowBytes * height) {
    throw new PictureError(`${rowBytes * height} bytes of samples`, `${Math.max(found, 0)}`);
  }
  for (let i = 0; i < samples.length; i++) {
    if (raster === "bits") {
      const [y, x] = [Math.floor(i / width), i % width];
      samples[i] = bytes[start + y * rowBytes + (x >> 3)] >> (7 - (x & 7)) & 1;
    } else {
      samples[i] = maximum > 255 ? bytes[start + 2 * i] << 8 | bytes[start + 2 * i + 1] : bytes[start + i];
    }
  }
  const over = samples.find((sample) => sample > maximum);
  if (over !== undefined) throw new PictureError(`samples up to ${maximum}`, `${over}`);
}

/** Decimal numbers; those of a bitmap are single digits that need no space between them. */
function readText(
  bytes: Uint8Array,
  start: number,
  { samples, digits }: { samples: SampleArray; digits: boolean },
): void {
  const numbers = new NumberReader(bytes, start - 1);
  const top = digits ? 1 : 2 ** (8 * samples.BYTES_PER_ELEMENT) - 1;
  for (let i = 0; i < samples.length; i++) {
    const value = digits ? numbers.nextDigit(`sample ${i}`) : numbers.next(`sample ${i}`);
    if (value > top) throw new PictureError(`samples up to ${top}`, `${value}`);
    samples[i] = value;
  }
}

/** To the full range of the depth. */
function rescale(samples: SampleArray, { maximum, bitDepth, inverted }: {
  maximum: number;
  bitDepth: number;
  inverted: boolean;
}): void {
  const top = 2 ** bitDepth - 1;
  if (maximum === top && !inverted) return;
  for (let i = 0; i < samples.length; i++) {
    if (samples[i] > maximum) throw new PictureError(`samples up to ${maximum}`, `${samples[i]}`);
    samples[i] = Math.round((inverted ? maximum - samples[i] : samples[i]) * top / maximum);
  }
}

const [HASH, NEWLINE, ZERO, NINE] = [0x23, 0x0a, 0x30, 0x39];

/** Reads decimal numbers between white space and comments. */
class NumberReader {
  readonly #bytes: Uint8Array;
  /** Offset of the next byte. */
  position: number;

  constructor(bytes: Uint8Array, position: number) {
    this.#bytes = bytes;
    this.position = position;
  }

  next(what: string): number {
    let value = this.nextDigit(what);
    for (; isDigit(this.#bytes[this.position]) && value < 1e9; this.position++) {
      value = 10 * value + this.#bytes[this.position] - ZERO;
    }
    return value;
  }

  nextDigit(what: string): number {
    while (this.position < this.#bytes.length) {
      const byte = this.#bytes[this.position];
      if (byte === HASH) {
        while (this.position < this.#bytes.length && this.#bytes[this.position] !== NEWLINE) this.position++;
      } else if (byte !== 0x20 && !(byte >= 0x09 && byte <= 0x0d)) break;
      this.position++;
    }
    const byte = this.#bytes[this.position++];
    if (!isDigit(byte)) {
      throw new PictureError(`a number for ${what}`, byte === undefined ? "the end of the file" : "other text");
    }
    return byte - ZERO;
  }
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= NINE;
}
