/** Pictures made ready for a terminal: small enough, 8-bit RGB, transparency on a chequered ground. */

import type { Image } from "../../mod.ts";

/** RGB of 8 bits. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** `[height, width, 3]` */
  readonly data: Uint8Array;
}

/** The largest size that a preview may have. */
export interface Bounds {
  readonly width: number;
  readonly height: number;
}

/** Grays of the ground under transparent pixels, and the side of its squares. */
const [DARK, LIGHT, SQUARE] = [102, 153, 8];

/** The picture within bounds, its sides in proportion; never enlarged. Each pixel is the mean of those it stands for. */
export function fitPicture(image: Image, { width: maxWidth, height: maxHeight }: Bounds): Pixels {
  const scale = Math.min(1, maxWidth / image.width, maxHeight / image.height);
  const width = Math.max(1, Math.round(image.width * scale));
  const height = Math.max(1, Math.round(image.height * scale));
  const data = new Uint8Array(3 * width * height);
  for (let y = 0, to = 0; y < height; y++) {
    const rows = span(y, height, image.height);
    for (let x = 0; x < width; x++) {
      const colour = meanColour(image, { columns: span(x, width, image.width), rows });
      for (const sample of colour) data[to++] = sample;
    }
  }
  return { width, height, data };
}

/** What position i of `count` stands for among `size`: first and behind the last, at least one. */
function span(i: number, count: number, size: number): readonly [first: number, end: number] {
  const first = Math.min(Math.floor(i * size / count), size - 1);
  return [first, Math.max(first + 1, Math.floor((i + 1) * size / count))];
}

type Span = ReturnType<typeof span>;

function meanColour(image: Image, { columns, rows }: { columns: Span; rows: Span }): readonly number[] {
  const { width, channels, bitDepth, data, alpha } = image;
  const top = 2 ** bitDepth - 1;
  const sums = [0, 0, 0];
  for (let y = rows[0]; y < rows[1]; y++) {
    for (let x = columns[0]; x < columns[1]; x++) {
      const pixel = y * width + x;
      const opacity = alpha ? alpha[pixel] / top : 1;
      const ground = (Math.floor(x / SQUARE) + Math.floor(y / SQUARE)) % 2 === 0 ? DARK : LIGHT;
      for (let i = 0; i < 3; i++) {
        const sample = 255 * data[pixel * channels + (channels === 3 ? i : 0)] / top;
        sums[i] += opacity * sample + (1 - opacity) * ground;
      }
    }
  }
  const count = (rows[1] - rows[0]) * (columns[1] - columns[0]);
  return sums.map((sum) => Math.round(sum / count));
}

/** The nearest of six steps of a sample 0..255: the colour cube that terminals of 256 colours share. */
export function cubeStep(sample: number): number {
  return Math.round(sample / 51);
}
