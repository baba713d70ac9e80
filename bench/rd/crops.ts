/** Parts of pictures for looking at. */

import { Buffer } from "node:buffer";
import { writePng } from "../../files/png_writer.ts";
import type { Image } from "../../mod.ts";

/** A rectangle of pixels. */
export interface Crop {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** The square of at most `size` pixels with the largest mean gradient: where a codec has most to lose. */
export function busiestCrop(image: Image, size: number): Crop {
  const [width, height] = [Math.min(size, image.width), Math.min(size, image.height)];
  const step = Math.max(1, size >> 2);
  let best = { left: 0, top: 0, activity: -1 };
  for (let top = 0; top + height <= image.height; top += step) {
    for (let left = 0; left + width <= image.width; left += step) {
      const activity = activityOf(image, { left, top, width, height });
      if (activity > best.activity) best = { left, top, activity };
    }
  }
  return { left: best.left, top: best.top, width, height };
}

/** Sum of the differences between a sample and its neighbours to the right and below, over the crop. */
function activityOf({ width, channels, data }: Image, crop: Crop): number {
  const row = width * channels;
  let sum = 0;
  for (let y = crop.top; y < crop.top + crop.height - 1; y++) {
    const end = y * row + (crop.left + crop.width - 1) * channels;
    for (let i = y * row + crop.left * channels; i < end; i++) {
      sum += Math.abs(data[i] - data[i + channels]) + Math.abs(data[i] - data[i + row]);
    }
  }
  return sum;
}

/** The pixels of a crop as an image. */
export function cropImage(image: Image, { left, top, width, height }: Crop): Image {
  const { channels, bitDepth } = image;
  const data = bitDepth > 8 ? new Uint16Array(width * height * channels) : new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y++) {
    const start = ((top + y) * image.width + left) * channels;
    data.set(image.data.subarray(start, start + width * channels), y * width * channels);
  }
  return { width, height, channels, bitDepth, data };
}

/** An image as a PNG file within an address. */
export function pngDataUrl(image: Image): string {
  return `data:image/png;base64,${Buffer.from(writePng(image)).toString("base64")}`;
}
