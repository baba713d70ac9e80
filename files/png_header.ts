/** The header chunk of a PNG file: what picture it announces, and how its rows lie in the file. */

import { PictureError } from "./errors.ts";
import { checkSize } from "./picture_size.ts";

/** The fields of IHDR. */
export interface PngHeader {
  readonly width: number;
  readonly height: number;
  /** Bits per sample, 1, 2, 4, 8 or 16. */
  readonly bitDepth: number;
  /** 0 gray, 2 RGB, 3 palette, 4 gray with alpha, 6 RGB with alpha. */
  readonly colourType: number;
  readonly interlaced: boolean;
}

const COLOUR_TYPES: Readonly<Record<number, { readonly name: string; readonly depths: readonly number[] }>> = {
  0: { name: "gray", depths: [1, 2, 4, 8, 16] },
  2: { name: "RGB", depths: [8, 16] },
  3: { name: "palette", depths: [1, 2, 4, 8] },
  4: { name: "gray with alpha", depths: [8, 16] },
  6: { name: "RGB with alpha", depths: [8, 16] },
};

/** Reads IHDR. Throws a `PictureError` for fields outside the PNG specification or beyond the size limits. */
export function readHeader(data: Uint8Array): PngHeader {
  if (data.length !== 13) throw new PictureError("an IHDR chunk of 13 bytes", `${data.length} bytes`);
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
    throw new PictureError("a PNG colour type and bit depth", `colour type ${colourType} with ${bitDepth} bits`);
  }
  if (compression !== 0) throw new PictureError("PNG compression method 0", `${compression}`);
  if (filter !== 0) throw new PictureError("PNG filter method 0", `${filter}`);
  if (interlace > 1) throw new PictureError("PNG interlace method 0 or 1", `${interlace}`);
  return header;
}

/** Samples per pixel of each colour type; a palette's index is one. */
const CHANNELS: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

/** Samples per pixel as the file has them, alpha included. */
export function storedChannels({ colourType }: PngHeader): number {
  return CHANNELS[colourType];
}

/** One pass over the picture: every `dx`-th column from `x` on, every `dy`-th row from `y` on. */
export interface PngPass {
  readonly x: number;
  readonly y: number;
  readonly dx: number;
  readonly dy: number;
  readonly columns: number;
  readonly rows: number;
  /** Bytes of a row without its filter byte. */
  readonly rowBytes: number;
}

/** The passes that hold pixels, in file order: one, or up to seven where the file is interlaced. */
export function passesOf(header: PngHeader): PngPass[] {
  const passes = header.interlaced ? ADAM7_PASSES : [{ x: 0, y: 0, dx: 1, dy: 1 }];
  return passes.flatMap(({ x, y, dx, dy }) => {
    const columns = Math.ceil((header.width - x) / dx);
    const rows = Math.ceil((header.height - y) / dy);
    const rowBytes = Math.ceil(columns * storedChannels(header) * header.bitDepth / 8);
    return columns > 0 && rows > 0 ? [{ x, y, dx, dy, columns, rows, rowBytes }] : [];
  });
}

/** Bytes of the picture after inflating: a filter byte and the samples for every row of every pass. */
export function inflatedBytes(header: PngHeader): number {
  return passesOf(header).reduce((sum, { rows, rowBytes }) => sum + rows * (1 + rowBytes), 0);
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
