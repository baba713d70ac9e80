/** How large pictures may be, whatever file they come from. */

import { PictureError } from "./errors.ts";

/** Largest side of a picture: the codec's header holds 16 bits. */
export const MAX_SIDE = 65_535;
/** Largest number of pixels; the decoder refuses more by default. */
export const MAX_PIXELS = 67_108_864;

/** Throws a `PictureError` for a size beyond the limits: before memory is taken. */
export function checkSize({ width, height }: { width: number; height: number }): void {
  const found = `${width}x${height}`;
  if (!(width >= 1 && height >= 1 && width <= MAX_SIDE && height <= MAX_SIDE)) {
    throw new PictureError(`1 to ${MAX_SIDE} pixels per side`, found);
  }
  if (width * height > MAX_PIXELS) {
    throw new PictureError(`at most ${MAX_PIXELS} pixels`, `${width * height} (${found})`);
  }
}
