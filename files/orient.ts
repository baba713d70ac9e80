/** Turns and mirrors pictures: what an Exif orientation asks for. */

import { type Image, newSamples } from "../mod.ts";

/** Of each orientation: whether rows and columns change places, and whether columns, rows of the result run backwards. */
const TURNS: readonly (readonly [swap: boolean, left: boolean, up: boolean])[] = [
  [false, false, false],
  [false, true, false],
  [false, true, true],
  [false, false, true],
  [true, false, false],
  [true, true, false],
  [true, true, true],
  [true, false, true],
];

/** The picture as it is to be seen, given its Exif orientation 1..8. */
export function orient(image: Image, orientation: number): Image {
  const { channels, bitDepth } = image;
  const [swap, left, up] = TURNS[orientation - 1];
  if (orientation === 1) return image;
  const [width, height] = swap ? [image.height, image.width] : [image.width, image.height];
  const data = newSamples(image.data.length, bitDepth);
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [column, row] = [left ? width - 1 - x : x, up ? height - 1 - y : y];
      const from = channels * (swap ? column * image.width + row : row * image.width + column);
      for (let channel = 0; channel < channels; channel++) data[to++] = image.data[from + channel];
    }
  }
  return { ...image, width, height, data };
}
