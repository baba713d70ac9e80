/** Writes Netpbm files: binary PGM, PPM and PAM, in the picture's own depth. */

import { type Image, interleaveAlpha, type SampleArray } from "../mod.ts";
import { concatenate } from "./concatenate.ts";

/** PAM's name for the samples of a pixel, by their number. */
const TUPLE_TYPES = ["", "GRAYSCALE", "GRAYSCALE_ALPHA", "RGB", "RGB_ALPHA"];

/** Encodes an image as PGM (one channel) or PPM (three). Alpha and metadata have no place there. */
export function writePnm({ width, height, channels, bitDepth, data }: Image): Uint8Array<ArrayBuffer> {
  return withHeader(`${channels === 1 ? "P5" : "P6"}\n${width} ${height}\n${2 ** bitDepth - 1}\n`, data);
}

/** Encodes an image as PPM whatever its channels: gray becomes three equal ones. */
export function writePpm(image: Image): Uint8Array<ArrayBuffer> {
  if (image.channels === 3) return writePnm(image);
  const data = image.data.constructor === Uint8Array
    ? new Uint8Array(3 * image.data.length)
    : new Uint16Array(3 * image.data.length);
  for (let i = 0; i < data.length; i++) data[i] = image.data[Math.floor(i / 3)];
  return writePnm({ ...image, channels: 3, data });
}

/** Encodes an image as PAM, with its alpha if it has any. */
export function writePam(image: Image): Uint8Array<ArrayBuffer> {
  const { width, height, channels, bitDepth, alpha } = image;
  const depth = channels + (alpha ? 1 : 0);
  const lines = ["P7", `WIDTH ${width}`, `HEIGHT ${height}`, `DEPTH ${depth}`, `MAXVAL ${2 ** bitDepth - 1}`];
  return withHeader([...lines, `TUPLTYPE ${TUPLE_TYPES[depth]}`, "ENDHDR", ""].join("\n"), interleaveAlpha(image));
}

function withHeader(header: string, samples: SampleArray): Uint8Array<ArrayBuffer> {
  return concatenate([new TextEncoder().encode(header), bigEndian(samples)]);
}

function bigEndian(samples: SampleArray): Uint8Array {
  if (samples instanceof Uint8Array) return samples;
  const bytes = new Uint8Array(2 * samples.length);
  for (let i = 0; i < samples.length; i++) {
    bytes[2 * i] = samples[i] >> 8;
    bytes[2 * i + 1] = samples[i];
  }
  return bytes;
}
