/** Distortion between two images. */

import { type Image, newSamples } from "./image.ts";

/** Mean squared error over all samples, in sample units squared. Throws a `RangeError` if the images differ in shape. */
export function meanSquaredError(a: Image, b: Image): number {
  assertSameShape(a, b);
  let sum = 0;
  for (let i = 0; i < a.data.length; i++) {
    const d = a.data[i] - b.data[i];
    sum += d * d;
  }
  return sum / a.data.length;
}

/** Throws a `RangeError` unless two images have the same size, channels and depth. */
export function assertSameShape(a: Image, b: Image): void {
  if (a.width !== b.width || a.height !== b.height || a.channels !== b.channels || a.bitDepth !== b.bitDepth) {
    throw new RangeError(`Cannot compare images: expected ${describe(a)}, received ${describe(b)}`);
  }
}

/** Peak signal-to-noise ratio in dB over all samples; Infinity for equal images. */
export function psnrDb(a: Image, b: Image): number {
  const peak = 2 ** a.bitDepth - 1;
  return 10 * Math.log10(peak * peak / meanSquaredError(a, b));
}

/** `psnrDb` of the alpha planes alone; an absent one is opaque. */
export function alphaPsnrDb(a: Image, b: Image): number {
  return psnrDb(alphaImage(a), alphaImage(b));
}

function alphaImage({ width, height, bitDepth, alpha }: Image): Image {
  const data = alpha ?? newSamples(width * height, bitDepth).fill(2 ** bitDepth - 1);
  return { width, height, channels: 1, bitDepth, data };
}

function describe(image: Image): string {
  return `${image.width}x${image.height}, ${image.channels} channels, ${image.bitDepth} bits`;
}
