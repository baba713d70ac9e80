/** From what a caller gives to what a model codes: checks, alpha, and what goes into extension chunks. */

import { deflateSync } from "fflate";
import { ALPHA_ID, encodeAlpha } from "../bitstream/alpha.ts";
import type { Extension } from "../bitstream/header.ts";
import { metadataExtensions } from "../bitstream/metadata.ts";
import { withAlphaPlane } from "./extras.ts";
import { type Image, isOpaque, type SampleArray } from "./image.ts";

/** What becomes of alpha: an exact chunk of its own, or one more plane of the model. */
export type AlphaChoice = "lossless" | "lossy";

/** An image in the two parts of a file. */
export interface PreparedImage {
  /** The planes of the model: 1 to 4 channels, without alpha and metadata of their own. */
  readonly planes: Image;
  readonly extensions: readonly Extension[];
}

/** Alpha that is opaque everywhere is dropped. Throws a `RangeError` for an image that no file can hold. */
export function prepareImage(image: Image, alphaChoice: AlphaChoice): PreparedImage {
  checkImage(image);
  const { width, height, channels, bitDepth, data, metadata = {} } = image;
  const alpha = image.alpha && !isOpaque(image.alpha, bitDepth) ? image.alpha : undefined;
  const colour: Image = { width, height, channels, bitDepth, data };
  const described = metadataExtensions(metadata, (content) => deflateSync(content, { level: 9 }));
  if (!alpha) return { planes: colour, extensions: described };
  if (alphaChoice === "lossy") return { planes: withAlphaPlane({ ...colour, alpha }), extensions: described };
  return { planes: colour, extensions: [...described, { id: ALPHA_ID, data: encodeAlpha(alpha, image) }] };
}

function checkImage({ width, height, channels, bitDepth, data, alpha }: Image): void {
  const isSide = (side: number) => Number.isInteger(side) && side >= 1 && side <= 65535;
  expect("width and height 1..65535", isSide(width) && isSide(height), `${width}x${height}`);
  expect("1 channel (gray) or 3 (RGB)", channels === 1 || channels === 3, channels);
  const isDepth = Number.isInteger(bitDepth) && bitDepth >= 8 && bitDepth <= 16;
  expect("8 to 16 bits per sample", isDepth, bitDepth);
  checkSamples(data, { what: "samples", length: width * height * channels, bitDepth });
  if (alpha) checkSamples(alpha, { what: "alpha samples", length: width * height, bitDepth });
}

function checkSamples(
  samples: SampleArray,
  { what, length, bitDepth }: { what: string; length: number; bitDepth: number },
): void {
  const type = bitDepth > 8 ? "Uint16Array" : "Uint8Array";
  const matches = bitDepth > 8 ? samples instanceof Uint16Array : samples instanceof Uint8Array;
  expect(`${what} in a ${type}`, matches, Object.prototype.toString.call(samples).slice(8, -1));
  expect(`${length} ${what}`, samples.length === length, samples.length);
  if (bitDepth === 8 || bitDepth === 16) return;
  const over = samples.find((sample) => sample >= 2 ** bitDepth);
  expect(`${what} below ${2 ** bitDepth}`, over === undefined, over);
}

function expect(what: string, ok: boolean, received: unknown): void {
  if (!ok) throw new RangeError(`Cannot encode image: expected ${what}, received ${received}`);
}
