/** Metadata in JPEG files: ICC profile (APP2), Exif and XMP (APP1). */

import type { Metadata } from "../mod.ts";
import { concatenate } from "./concatenate.ts";
import type { JpegSegment } from "./jpeg_segments.ts";

const [APP1, APP2] = [0xe1, 0xe2];
const EXIF = "Exif\0\0";
const XMP = "http://ns.adobe.com/xap/1.0/\0";
const ICC = "ICC_PROFILE\0";

/** The metadata of a file's segments; `onWarning` is told of a profile with missing parts, which is left out. */
export function readJpegMetadata(segments: readonly JpegSegment[], onWarning: (message: string) => void): Metadata {
  const contents = (wanted: number, start: string) =>
    segments.filter(({ marker, data }) => marker === wanted && startsWith(data, start))
      .map(({ data }) => data.slice(start.length));
  const [exif] = contents(APP1, EXIF);
  const [xmp] = contents(APP1, XMP);
  const icc = joinProfile(contents(APP2, ICC), onWarning);
  return { ...icc && { icc }, ...exif && { exif }, ...xmp && { xmp } };
}

/** A profile comes in numbered parts, in any order: number (from 1), count, data. */
function joinProfile(
  parts: readonly Uint8Array[],
  onWarning: (message: string) => void,
): Uint8Array | undefined {
  if (parts.length === 0) return undefined;
  const count = parts[0][1];
  const sorted = Array.from({ length: count }, (_, i) => parts.find((part) => part[0] === i + 1 && part[1] === count));
  const whole = sorted.filter((part) => part !== undefined);
  if (count > 0 && whole.length === count) return concatenate(whole.map((part) => part.subarray(2)));
  onWarning(`left out the damaged ICC profile (${whole.length} of ${count} parts)`);
  return undefined;
}

function startsWith(data: Uint8Array, start: string): boolean {
  return data.length > start.length && [...start].every((letter, i) => data[i] === letter.charCodeAt(0));
}
