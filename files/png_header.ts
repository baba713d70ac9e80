/** The header chunk of a PNG file: what picture it announces, and whether this program can take it. */

import { PngError } from "./errors.ts";

/** The fields of IHDR that matter for 8-bit RGB. */
export interface PngHeader {
  readonly width: number;
  readonly height: number;
  readonly bitDepth: number;
  readonly colourType: number;
  readonly interlaced: boolean;
}

/** Largest side of a picture: the codec's header holds 16 bits. */
export const MAX_SIDE = 65_535;
/** Largest number of pixels; the decoder refuses more by default. */
export const MAX_PIXELS = 67_108_864;

const COLOUR_TYPES: Readonly<Record<number, { readonly name: string; readonly depths: readonly number[] }>> = {
  0: { name: "gray", depths: [1, 2, 4, 8, 16] },
  2: { name: "RGB", depths: [8, 16] },
  3: { name: "palette", depths: [1, 2, 4, 8] },
  4: { name: "gray with alpha", depths: [8, 16] },
  6: { name: "RGB with alpha", depths: [8, 16] },
};

/** Reads IHDR. Throws a `PngError` for fields outside the PNG specification or beyond the size limits. */
export function readHeader(data: Uint8Array): PngHeader {
  if (data.length !== 13) throw new PngError("an IHDR chunk of 13 bytes", `${data.length} bytes`);
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const [bitDepth, colourType, compression, filter, interlace] = data.subarray(8);
  const header = {
    width: view.getUint32(0),
    height: view.getUint32(4),
    bitDepth,
    colourType,
    interlaced: interlace === 1,
  };
  checkSize(header);
  if (!COLOUR_TYPES[colourType]?.depths.includes(bitDepth)) {
    throw new PngError("a PNG colour type and bit depth", `colour type ${colourType} with ${bitDepth} bits`);
  }
  if (compression !== 0) throw new PngError("PNG compression method 0", `${compression}`);
  if (filter !== 0) throw new PngError("PNG filter method 0", `${filter}`);
  if (interlace > 1) throw new PngError("PNG interlace method 0 or 1", `${interlace}`);
  return header;
}

function checkSize({ width, height }: PngHeader): void {
  const found = `${width}x${height}`;
  if (width < 1 || height < 1 || width > MAX_SIDE || height > MAX_SIDE) {
    throw new PngError(`1 to ${MAX_SIDE} pixels per side`, found);
  }
  if (width * height > MAX_PIXELS) throw new PngError(`at most ${MAX_PIXELS} pixels`, `${width * height} (${found})`);
}

/** Throws a `PngError` unless the picture is 8-bit RGB without transparency. */
export function checkSupported(header: PngHeader, hasTransparency: boolean): void {
  if (header.colourType === 2 && header.bitDepth === 8 && !hasTransparency) return;
  const name = `${header.bitDepth}-bit ${COLOUR_TYPES[header.colourType].name}`;
  const found = hasTransparency ? `${name} with a transparent colour (tRNS)` : name;
  throw new PngError("8-bit RGB without alpha, the only pixel format supported today", found);
}

/** Bytes of the picture after inflating: a filter byte and the samples for every row of every pass. */
export function inflatedBytes(header: PngHeader): number {
  const bytesPerPixel = 3;
  const passes = header.interlaced ? ADAM7_PASSES : [{ x: 0, y: 0, dx: 1, dy: 1 }];
  let bytes = 0;
  for (const { x, y, dx, dy } of passes) {
    const columns = Math.ceil((header.width - x) / dx);
    const rows = Math.ceil((header.height - y) / dy);
    if (columns > 0 && rows > 0) bytes += rows * (1 + columns * bytesPerPixel);
  }
  return bytes;
}

const ADAM7_PASSES = [
  { x: 0, y: 0, dx: 8, dy: 8 },
  { x: 4, y: 0, dx: 8, dy: 8 },
  { x: 0, y: 4, dx: 4, dy: 8 },
  { x: 2, y: 0, dx: 4, dy: 4 },
  { x: 0, y: 2, dx: 2, dy: 4 },
  { x: 1, y: 0, dx: 2, dy: 2 },
  { x: 0, y: 1, dx: 1, dy: 2 },
];
