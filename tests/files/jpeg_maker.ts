/** JPEG files made by program, and segments put into them. */

import encodeJpeg from "@jsquash/jpeg/encode.js";
import type { Image } from "../../mod.ts";

/** mozjpeg's numbers of colour spaces. */
const [GRAYSCALE, YCBCR] = [1, 3];

/** Encodes an image of 8 bits at high quality, gray as one component. */
export async function jpegOf(image: Image, { progressive = false } = {}): Promise<Uint8Array> {
  const { width, height, channels, data } = image;
  const rgba = Uint8ClampedArray.from({ length: 4 * width * height }, (_, i) => {
    const [pixel, channel] = [i >> 2, i & 3];
    return channel === 3 ? 255 : data[pixel * channels + (channels === 3 ? channel : 0)];
  });
  const pixels = { width, height, data: rgba, colorSpace: "srgb" } as ImageData;
  const colour = channels === 1 ? GRAYSCALE : YCBCR;
  return new Uint8Array(await encodeJpeg(pixels, { quality: 95, progressive, color_space: colour }));
}

/** A file with more segments behind its first marker. */
export function withSegments(file: Uint8Array, ...segments: Uint8Array[]): Uint8Array {
  return Uint8Array.from([...file.subarray(0, 2), ...segments.flatMap((part) => [...part]), ...file.subarray(2)]);
}

/** A segment: its marker, and parts of text or bytes. */
export function segment(marker: number, ...parts: (string | Uint8Array)[]): Uint8Array {
  const content = parts.flatMap((part) => typeof part === "string" ? [...part].map((c) => c.charCodeAt(0)) : [...part]);
  return Uint8Array.of(0xff, marker, (content.length + 2) >> 8, (content.length + 2) & 255, ...content);
}

/** Exif data that state an orientation and nothing else. */
export function exifOf(orientation: number, littleEndian = true): Uint8Array {
  const bytes = new Uint8Array(26);
  const view = new DataView(bytes.buffer);
  bytes.fill(littleEndian ? 0x49 : 0x4d, 0, 2);
  view.setUint16(2, 42, littleEndian);
  view.setUint32(4, 8, littleEndian);
  view.setUint16(8, 1, littleEndian);
  view.setUint16(10, 0x0112, littleEndian);
  view.setUint16(12, 3, littleEndian);
  view.setUint32(14, 1, littleEndian);
  view.setUint16(18, orientation, littleEndian);
  return bytes;
}
