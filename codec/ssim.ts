/**
 * Structural similarity of two images: SSIM (Wang, Bovik, Sheikh, Simoncelli 2004) and MS-SSIM (Wang, Simoncelli, Bovik 2003).
 *
 * On luma (0.299 R + 0.587 G + 0.114 B of the samples as they are), with an 11x11 Gaussian window of standard deviation 1.5, only
 * where the window lies within the image.
 */

import { assertSameShape } from "./metrics.ts";
import type { Image } from "./image.ts";

const LUMA = [0.299, 0.587, 0.114];
const WINDOW = gaussian(11, 1.5);
/** Constants of the paper, for samples scaled to 0..1. */
const [C1, C2] = [0.01 ** 2, 0.03 ** 2];
/** The weights of five scales, the finest first. */
const SCALE_WEIGHTS = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333];

/** A plane of numbers. */
interface Plane {
  readonly width: number;
  readonly height: number;
  readonly data: Float64Array;
}

/**
 * SSIM, at most 1 (equal images); `undefined` for images with a side under 11 pixels. Throws a `RangeError` if the images differ
 * in shape.
 */
export function ssim(a: Image, b: Image): number | undefined {
  assertSameShape(a, b);
  return fitsWindow(a) ? similarity(lumaOf(a), lumaOf(b)).ssim : undefined;
}

/**
 * MS-SSIM over five scales, at most 1 (equal images); `undefined` for images with a side under 176 pixels, whose coarsest scale is
 * smaller than the window. Throws a `RangeError` if the images differ in shape.
 */
export function msSsim(a: Image, b: Image): number | undefined {
  assertSameShape(a, b);
  const coarsest = 2 ** (SCALE_WEIGHTS.length - 1);
  if (Math.min(a.width, a.height) < WINDOW.length * coarsest) return undefined;
  let [x, y] = [lumaOf(a), lumaOf(b)];
  let product = 1;
  SCALE_WEIGHTS.forEach((weight, scale) => {
    const last = scale === SCALE_WEIGHTS.length - 1;
    const { ssim, contrast } = similarity(x, y);
    // Images that are each other's negative have negative contrast; a root of that is no number.
    product *= Math.max(last ? ssim : contrast, 0) ** weight;
    if (!last) [x, y] = [halved(x), halved(y)];
  });
  return product;
}

function fitsWindow({ width, height }: { width: number; height: number }): boolean {
  return Math.min(width, height) >= WINDOW.length;
}

function gaussian(size: number, deviation: number): number[] {
  const values = Array.from({ length: size }, (_, i) => Math.exp(-(((i - (size - 1) / 2) / deviation) ** 2) / 2));
  const sum = values.reduce((a, b) => a + b);
  return values.map((value) => value / sum);
}

function lumaOf({ width, height, channels, bitDepth, data }: Image): Plane {
  const scale = 1 / (2 ** bitDepth - 1);
  const luma = new Float64Array(width * height);
  for (let i = 0; i < luma.length; i++) {
    let value = data[i * channels];
    if (channels === 3) value = LUMA[0] * value + LUMA[1] * data[3 * i + 1] + LUMA[2] * data[3 * i + 2];
    luma[i] = value * scale;
  }
  return { width, height, data: luma };
}

/** Means over all windows: of SSIM, and of its part without luminance. */
function similarity(x: Plane, y: Plane): { ssim: number; contrast: number } {
  const product = (a: Plane, b: Plane) => ({ ...a, data: a.data.map((value, i) => value * b.data[i]) });
  const [mx, my, xx, yy, xy] = [x, y, product(x, x), product(y, y), product(x, y)].map((plane) =>
    windowMeans(plane).data
  );
  let [ssim, contrast] = [0, 0];
  for (let i = 0; i < mx.length; i++) {
    const covariance = xy[i] - mx[i] * my[i];
    const variances = xx[i] - mx[i] * mx[i] + yy[i] - my[i] * my[i];
    const cs = (2 * covariance + C2) / (variances + C2);
    contrast += cs;
    ssim += cs * (2 * mx[i] * my[i] + C1) / (mx[i] * mx[i] + my[i] * my[i] + C1);
  }
  return { ssim: ssim / mx.length, contrast: contrast / mx.length };
}

/** The mean under the window at every place where it lies within the plane. */
function windowMeans(plane: Plane): Plane {
  return transposed(filteredRows(transposed(filteredRows(plane))));
}

function filteredRows({ width, height, data }: Plane): Plane {
  const narrow = width - WINDOW.length + 1;
  const result = new Float64Array(narrow * height);
  for (let y = 0; y < height; y++) {
    for (let k = 0; k < WINDOW.length; k++) {
      const weight = WINDOW[k];
      for (let x = 0, to = y * narrow, from = y * width + k; x < narrow; x++) result[to++] += weight * data[from++];
    }
  }
  return { width: narrow, height, data: result };
}

function transposed({ width, height, data }: Plane): Plane {
  const result = new Float64Array(data.length);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++) result[x * height + y] = data[i++];
  }
  return { width: height, height: width, data: result };
}

/** Means of 2x2 samples; an odd last row or column is left out. */
function halved({ width, height, data }: Plane): Plane {
  const [w, h] = [width >> 1, height >> 1];
  const result = new Float64Array(w * h);
  for (let y = 0, i = 0; y < h; y++) {
    for (let x = 0; x < w; x++, i++) {
      const at = 2 * y * width + 2 * x;
      result[i] = (data[at] + data[at + 1] + data[at + width] + data[at + width + 1]) / 4;
    }
  }
  return { width: w, height: h, data: result };
}
