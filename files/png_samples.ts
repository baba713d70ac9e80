/** From the unfiltered rows of a PNG file to samples: bits unpacked, passes woven, palettes looked up, transparency as alpha. */

import { type Image, newSamples, type SampleArray, splitAlpha } from "../mod.ts";
import { PictureError } from "./errors.ts";
import { type PngHeader, type PngPass, storedChannels } from "./png_header.ts";

/** Rows of one pass without filter bytes. */
export interface PassRows {
  readonly pass: PngPass;
  readonly bytes: Uint8Array;
}

/** The stored samples of all passes, `[height, width, channels]` interleaved, in the range of the file's bit depth. */
export function weavePasses(header: PngHeader, passes: readonly PassRows[]): SampleArray {
  const channels = storedChannels(header);
  if (!header.interlaced && header.bitDepth === 8) return passes[0].bytes;
  const samples = newSamples(header.width * header.height * channels, header.bitDepth);
  for (const { pass, bytes } of passes) {
    for (let row = 0; row < pass.rows; row++) {
      const line = unpackRow(bytes.subarray(row * pass.rowBytes, (row + 1) * pass.rowBytes), header.bitDepth);
      let to = ((pass.y + row * pass.dy) * header.width + pass.x) * channels;
      if (pass.dx === 1) samples.set(line.subarray(0, pass.columns * channels), to);
      else {for (let column = 0, from = 0; column < pass.columns; column++, to += pass.dx * channels) {
          for (let channel = 0; channel < channels; channel++) samples[to + channel] = line[from++];
        }}
    }
  }
  return samples;
}

/** The samples of a row, the high bits of a byte first; there may be some too many at its end. */
function unpackRow(bytes: Uint8Array, bitDepth: number): SampleArray {
  if (bitDepth === 8) return bytes;
  if (bitDepth === 16) return wordsOf(bytes);
  const [perByte, mask] = [8 / bitDepth, (1 << bitDepth) - 1];
  const samples = new Uint8Array(bytes.length * perByte);
  for (let i = 0; i < samples.length; i++) {
    samples[i] = bytes[Math.floor(i / perByte)] >> (8 - bitDepth * (1 + i % perByte)) & mask;
  }
  return samples;
}

/** Words of two bytes, the high one first. */
function wordsOf(bytes: Uint8Array): Uint16Array {
  const words = new Uint16Array(bytes.length >> 1);
  for (let i = 0; i < words.length; i++) words[i] = bytes[2 * i] << 8 | bytes[2 * i + 1];
  return words;
}

/** What is needed to give stored samples their colours. */
export interface PngColours {
  readonly header: PngHeader;
  /** The content of PLTE and of tRNS, if there are such chunks. */
  readonly palette: Uint8Array | undefined;
  readonly transparency: Uint8Array | undefined;
}

/** The picture that stored samples stand for: gray or RGB of 8 or 16 bits, alpha on its own. Throws a `PictureError`. */
export function colourSamples(samples: SampleArray, colours: PngColours): Image {
  const { header: { colourType }, transparency } = colours;
  if (colourType === 3) return paletteImage(samples, colours);
  if (colourType === 4 || colourType === 6) return alphaImage(samples, colours.header);
  return transparency ? keyedImage(samples, colours.header, transparency) : plainImage(samples, colours.header);
}

function plainImage(samples: SampleArray, { width, height, bitDepth, colourType }: PngHeader): Image {
  const channels = colourType === 2 ? 3 : 1;
  if (bitDepth >= 8) return { width, height, channels, bitDepth, data: samples };
  const scale = 255 / ((1 << bitDepth) - 1);
  return { width, height, channels, bitDepth: 8, data: samples.map((sample) => sample * scale) };
}

function alphaImage(samples: SampleArray, header: PngHeader): Image {
  const { width, height, bitDepth } = header;
  const stored = storedChannels(header);
  return { width, height, channels: stored - 1, bitDepth, ...splitAlpha(samples, { stored, bitDepth }) };
}

/** One colour is fully transparent, all others are opaque. */
function keyedImage(samples: SampleArray, header: PngHeader, transparency: Uint8Array): Image {
  const image = plainImage(samples, header);
  const { channels } = image;
  if (transparency.length !== 2 * channels) {
    throw new PictureError(`a tRNS chunk of ${2 * channels} bytes`, `${transparency.length} bytes`);
  }
  // Only the low bits count where samples have fewer than 16.
  const mask = 2 ** header.bitDepth - 1;
  const key = Array.from({ length: channels }, (_, i) => (transparency[2 * i] << 8 | transparency[2 * i + 1]) & mask);
  const opaque = 2 ** image.bitDepth - 1;
  const alpha = newSamples(header.width * header.height, image.bitDepth);
  for (let i = 0; i < alpha.length; i++) {
    alpha[i] = key.every((sample, channel) => samples[i * channels + channel] === sample) ? 0 : opaque;
  }
  return { ...image, alpha };
}

function paletteImage(samples: SampleArray, { header, palette, transparency }: PngColours): Image {
  if (!palette) throw new PictureError("a palette (a PLTE chunk)", "none");
  if (palette.length === 0 || palette.length % 3 !== 0 || palette.length > 3 << header.bitDepth) {
    throw new PictureError(
      `a palette of 1 to ${1 << header.bitDepth} colours`,
      `a PLTE chunk of ${palette.length} bytes`,
    );
  }
  const { width, height } = header;
  const count = palette.length / 3;
  const data = new Uint8Array(3 * width * height);
  for (let i = 0; i < width * height; i++) {
    const index = samples[i];
    if (index >= count) throw new PictureError(`palette entries 0 to ${count - 1}`, `entry ${index}`);
    data[3 * i] = palette[3 * index];
    data[3 * i + 1] = palette[3 * index + 1];
    data[3 * i + 2] = palette[3 * index + 2];
  }
  const image = { width, height, channels: 3, bitDepth: 8, data };
  if (!transparency) return image;
  if (transparency.length > count) {
    throw new PictureError(`a tRNS chunk of at most ${count} bytes`, `${transparency.length} bytes`);
  }
  return { ...image, alpha: Uint8Array.from({ length: width * height }, (_, i) => transparency[samples[i]] ?? 255) };
}
