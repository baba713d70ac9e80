/** Reads JPEG files: pixels through mozjpeg in WebAssembly, metadata and orientation by ourselves. */

import decodePixels, { init } from "@jsquash/jpeg/decode.js";
import type { Image, Metadata } from "../mod.ts";
import { PictureError } from "./errors.ts";
import { readOrientation, withUprightOrientation } from "./exif.ts";
import { readJpegMetadata } from "./jpeg_metadata.ts";
import { type JpegFrame, readFrame, readSegments } from "./jpeg_segments.ts";
import { orient } from "./orient.ts";
import { checkSize } from "./picture_size.ts";

/**
 * Decodes a JPEG file: gray or RGB of 8 bits, upright. Throws a `PictureError` for one that is damaged, cut short, too large, or
 * neither gray nor RGB. `onWarning` is told of flaws that the picture survives.
 */
export async function readJpeg(bytes: Uint8Array, onWarning: (message: string) => void): Promise<Image> {
  const segments = readSegments(bytes);
  const frame = readFrame(segments);
  checkSize(frame);
  checkKind(frame);
  const image = await decodeFrame(bytes, frame, onWarning);
  const { exif, ...others } = readJpegMetadata(segments, onWarning);
  const metadata: Metadata = { ...others, ...exif && { exif: withUprightOrientation(exif) } };
  const upright = orient(image, exif ? readOrientation(exif) : 1);
  return Object.keys(metadata).length > 0 ? { ...upright, metadata } : upright;
}

function checkKind({ precision, components }: JpegFrame): void {
  if (precision !== 8) throw new PictureError("a JPEG file of 8 bits per sample", `${precision} bits`);
  if (components !== 1 && components !== 3) {
    throw new PictureError("a gray or RGB JPEG file", components === 4 ? "CMYK" : `${components} components`);
  }
}

/** What the decoder has to say goes through `report`, which the picture at hand sets. */
let report: (line: string) => void = () => {};
let started: Promise<void> | undefined;

async function decodeFrame(
  bytes: Uint8Array,
  { width, height, components }: JpegFrame,
  onWarning: (message: string) => void,
): Promise<Image> {
  const lines: string[] = [];
  report = (line) => lines.push(line);
  started ??= init({ printErr: (line: string) => report(line) });
  await started;
  const pixels = await decodePixels(bytes.slice().buffer).catch((error: unknown) => {
    throw new PictureError("a sound JPEG file", `damaged data (${lines.join("; ") || String(error)})`, {
      cause: error,
    });
  });
  if (pixels.width !== width || pixels.height !== height) {
    throw new PictureError(`${width}x${height} pixels`, `${pixels.width}x${pixels.height}`);
  }
  // Old decoders fill gaps in the data with gray; so does this one, but it says so.
  if (lines.length > 0) onWarning(`the JPEG data are damaged: ${lines.join("; ")}`);
  return { width, height, channels: components, bitDepth: 8, data: withoutFourth(pixels.data, components) };
}

/** The first `channels` samples of each pixel of four. */
function withoutFourth(rgba: ArrayLike<number>, channels: number): Uint8Array {
  const data = new Uint8Array(rgba.length / 4 * channels);
  for (let from = 0, to = 0; from < rgba.length; from += 4) {
    for (let channel = 0; channel < channels; channel++) data[to++] = rgba[from + channel];
  }
  return data;
}
