/** The parts of pictures that defaults are trained on: equal sizes, different places and resolutions. */

import { Random } from "../codec/random.ts";
import { type Image, newSamples } from "../mod.ts";

/** Which crops are cut. */
export interface CropPlan {
  readonly count: number;
  /** Pixels on each side. */
  readonly size: number;
  readonly seed: number;
}

/** Every so many crops, one is of the picture at half its size: thumbnails have more detail per pixel than photographs. */
const HALVED_EVERY = 3;

/**
 * Square crops at random places, from one picture after the other in random order, again from the start if there are more
 * crops than pictures. Throws a `RangeError` for a picture that is smaller than a crop, or not of three channels.
 */
export async function cutCrops(
  paths: readonly string[],
  { count, size, seed }: CropPlan,
  read: (path: string) => Promise<Image>,
): Promise<Image[]> {
  const random = new Random(seed);
  const order = [...paths].map((path) => ({ path, key: random.word() })).sort((a, b) => a.key - b.key);
  const crops: Image[] = [];
  for (let i = 0; i < count; i++) {
    const { path } = order[i % order.length];
    const whole = await read(path);
    if (whole.channels !== 3 || Math.min(whole.width, whole.height) < size) {
      const found = `${whole.width}x${whole.height} with ${whole.channels} channels`;
      throw new RangeError(`Cannot cut crops: expected colour and at least ${size}x${size}, found ${found} in ${path}`);
    }
    const mayHalve = Math.min(whole.width, whole.height) >= 2 * size;
    const picture = i % HALVED_EVERY === HALVED_EVERY - 1 && mayHalve ? halved(whole) : whole;
    const x = Math.floor(random.uniform() * (picture.width - size + 1));
    const y = Math.floor(random.uniform() * (picture.height - size + 1));
    crops.push(crop(picture, { x, y, size }));
  }
  return crops;
}

function crop(image: Image, { x, y, size }: { x: number; y: number; size: number }): Image {
  const { width, channels, bitDepth, data } = image;
  const cut = newSamples(size * size * channels, bitDepth);
  for (let row = 0; row < size; row++) {
    const start = ((y + row) * width + x) * channels;
    cut.set(data.subarray(start, start + size * channels), row * size * channels);
  }
  return { width: size, height: size, channels, bitDepth, data: cut };
}

/** Means of 2x2 pixels; an odd last row or column is left out. */
function halved({ width, height, channels, bitDepth, data }: Image): Image {
  const [w, h] = [width >> 1, height >> 1];
  const small = newSamples(w * h * channels, bitDepth);
  for (let y = 0; y < h; y++) {
    for (let i = 0; i < w * channels; i++) {
      const channel = i % channels;
      const at = (2 * y * width + 2 * (i - channel) / channels) * channels + channel;
      const below = at + width * channels;
      small[y * w * channels + i] = (data[at] + data[at + channels] + data[below] + data[below + channels] + 2) >> 2;
    }
  }
  return { width: w, height: h, channels, bitDepth, data: small };
}
