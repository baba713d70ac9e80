/** PNG's row filters, backwards. The forward direction is `png_filters.ts`. */

import { PictureError } from "./errors.ts";
import type { PngPass } from "./png_header.ts";
import { predictPaeth } from "./png_filters.ts";

/**
 * The rows of a pass as they were before filtering, without their filter bytes: `[rows, rowBytes]`. `data` starts with the pass;
 * `pixelBytes` is the size of a pixel, at least 1. Throws a `PictureError` for a filter that PNG does not have.
 */
export function unfilterRows(
  data: Uint8Array,
  { rows, rowBytes }: PngPass,
  pixelBytes: number,
): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(rows * rowBytes);
  const zeros = new Uint8Array(rowBytes);
  let up: Uint8Array = zeros;
  for (let y = 0; y < rows; y++) {
    const at = y * (1 + rowBytes);
    const row = result.subarray(y * rowBytes, (y + 1) * rowBytes);
    row.set(data.subarray(at + 1, at + 1 + rowBytes));
    const unfilter = UNFILTERS[data[at]];
    if (!unfilter) throw new PictureError("rows filtered by method 0 to 4", `damaged rows (filter ${data[at]})`);
    unfilter(row, up, pixelBytes);
    up = row;
  }
  return result;
}

/** Undoes a filter in place: the row above is `up`, zeros for the first one. */
type Unfilter = (row: Uint8Array, up: Uint8Array, pixel: number) => void;

const UNFILTERS: readonly (Unfilter | undefined)[] = [
  () => {},
  (row, _, pixel) => {
    for (let i = pixel; i < row.length; i++) row[i] += row[i - pixel];
  },
  (row, up) => {
    for (let i = 0; i < row.length; i++) row[i] += up[i];
  },
  (row, up, pixel) => {
    const first = Math.min(pixel, row.length);
    for (let i = 0; i < first; i++) row[i] += up[i] >> 1;
    for (let i = pixel; i < row.length; i++) row[i] += (row[i - pixel] + up[i]) >> 1;
  },
  (row, up, pixel) => {
    const first = Math.min(pixel, row.length);
    for (let i = 0; i < first; i++) row[i] += up[i];
    for (let i = pixel; i < row.length; i++) row[i] += predictPaeth(row[i - pixel], up[i], up[i - pixel]);
  },
];
