/** How much of a picture is in its finest details: what it lacks at half its size. */

import type { Image } from "./image.ts";
import { channelSamples } from "./load_image.ts";

/** Detail, in units of lambda, up to which a picture is smooth: of a busier one the finest grid holds most. */
const MOST_DETAIL = 2;

/** Whether a picture of so much detail is smooth at the price of a bit. */
export function isSmooth(detail: number, lambda: number): boolean {
  return detail <= MOST_DETAIL * lambda;
}

/** Mean squared difference between a picture and itself at half its size, samples in units of 2^-bitDepth. */
export function imageDetail(image: Image): number {
  let lost = 0;
  for (let channel = 0; channel < image.channels; channel++) lost += planeDetail(channelSamples(image, channel), image);
  return lost / image.channels;
}

function planeDetail(samples: Float32Array, size: { width: number; height: number }): number {
  const half = halved(samples, size);
  const columns = Math.ceil(size.width / 2);
  let sum = 0;
  for (let y = 0, i = 0; y < size.height; y++) {
    for (let x = 0; x < size.width; x++, i++) sum += (samples[i] - half[(y >> 1) * columns + (x >> 1)]) ** 2;
  }
  return sum / samples.length;
}

/** A plane at half its size: means of two by two samples, of fewer at an odd border. */
export function halved(samples: Float32Array, { width, height }: { width: number; height: number }): Float32Array {
  const [columns, rows] = [Math.ceil(width / 2), Math.ceil(height / 2)];
  return Float32Array.from({ length: columns * rows }, (_, i) => {
    const [left, top] = [2 * (i % columns), 2 * Math.floor(i / columns)];
    const [right, bottom] = [Math.min(left + 1, width - 1), Math.min(top + 1, height - 1)];
    const sum = (y: number) => samples[y * width + left] + samples[y * width + right];
    return (sum(top) + sum(bottom)) / 4;
  });
}
