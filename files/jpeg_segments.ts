/** Walks the segments of a JPEG file (ITU-T T.81): its size, and the metadata between its headers. */

import { PictureError } from "./errors.ts";

/** One segment between two markers; `data` is a view into the file. */
export interface JpegSegment {
  /** Second byte of the marker. */
  readonly marker: number;
  readonly data: Uint8Array;
}

/** What the frame header says. */
export interface JpegFrame {
  readonly width: number;
  readonly height: number;
  /** Bits per sample. */
  readonly precision: number;
  readonly components: number;
}

const [SOI, EOI, SOS, TEM] = [0xd8, 0xd9, 0xda, 0x01];

/**
 * The segments up to EOI, entropy-coded data left out. Throws a `PictureError` if the file is cut short or its markers are
 * damaged.
 */
export function readSegments(bytes: Uint8Array): JpegSegment[] {
  const segments: JpegSegment[] = [];
  let offset = 2;
  for (;;) {
    offset = nextMarker(bytes, offset, segments.at(-1)?.marker === SOS);
    const marker = bytes[offset + 1];
    offset += 2;
    if (marker === EOI) return segments;
    if (isAlone(marker)) continue;
    const length = offset + 2 <= bytes.length ? bytes[offset] << 8 | bytes[offset + 1] : 0;
    if (length < 2 || offset + length > bytes.length) {
      throw new PictureError(`a whole segment at byte ${offset}`, `the end of the file at byte ${bytes.length}`);
    }
    segments.push({ marker, data: bytes.subarray(offset + 2, offset + length) });
    offset += length;
  }
}

/** Offset of the next marker: at once, or after entropy-coded data, in which 0xff00 and restart markers are no end. */
function nextMarker(bytes: Uint8Array, from: number, coded: boolean): number {
  for (let offset = from; offset + 1 < bytes.length; offset++) {
    const [first, second] = [bytes[offset], bytes[offset + 1]];
    if (first === 0xff && second === 0xff) continue;
    const isMarker = first === 0xff && second !== 0 && !(coded && isAlone(second));
    if (isMarker) return offset;
    if (!coded) throw new PictureError(`a marker at byte ${offset}`, "other data");
  }
  throw new PictureError("an end of image (EOI)", `the end of the file at byte ${bytes.length}`);
}

/** Markers without a segment: restarts, SOI and TEM. */
function isAlone(marker: number): boolean {
  return marker >= 0xd0 && marker <= 0xd7 || marker === SOI || marker === TEM;
}

/** The frame header. Throws a `PictureError` if there is none. */
export function readFrame(segments: readonly JpegSegment[]): JpegFrame {
  // SOF0 to SOF15 but for DHT, JPG and DAC, which lie between them.
  const frame = segments.find(({ marker }) => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker));
  if (!frame || frame.data.length < 6) throw new PictureError("a frame header (SOF)", "none");
  const [precision, h1, h0, w1, w0, components] = frame.data;
  return { precision, height: h1 << 8 | h0, width: w1 << 8 | w0, components };
}
