/** Pixels, as the codec takes and gives them. */

import type { Metadata } from "../bitstream/metadata.ts";

export type { Metadata, MetadataName } from "../bitstream/metadata.ts";

/** Samples of some depth: up to 8 bits in a `Uint8Array`, more in a `Uint16Array`. */
export type SampleArray = Uint8Array | Uint16Array;

/** An image: rows of interleaved samples. */
export interface Image {
  /** Pixels, 1..65535. */
  readonly width: number;
  /** Pixels, 1..65535. */
  readonly height: number;
  /**
   * Samples per pixel in `data`: 1 (gray) or 3 (red, green, blue). Inside the codec also 2 and 4, where alpha is a plane of the
   * model and comes last; `encode` does not take such images and `decode` does not give them.
   */
  readonly channels: number;
  /** Bits per sample, 8..16; values are 0..2^bitDepth-1. */
  readonly bitDepth: number;
  /** `[height, width, channels]`; 8-bit samples in a `Uint8Array`, deeper ones in a `Uint16Array`. */
  readonly data: SampleArray;
  /** Opacity, `[height, width]`, of the same depth as `data`; not premultiplied. Absent: opaque. */
  readonly alpha?: SampleArray;
  /** Colour space and camera data; absent where there are none. */
  readonly metadata?: Metadata;
}

/** Memory for samples of a depth. */
export function newSamples(length: number, bitDepth: number): Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer> {
  return bitDepth > 8 ? new Uint16Array(length) : new Uint8Array(length);
}

/** Whether every sample of an alpha plane is the largest one. */
export function isOpaque(alpha: SampleArray, bitDepth: number): boolean {
  const full = (1 << bitDepth) - 1;
  return alpha.every((sample) => sample === full);
}

/** Colour samples with alpha as the last sample of each pixel; the colour samples as they are where there is no alpha. */
export function interleaveAlpha({ channels, bitDepth, data, alpha }: Image): SampleArray {
  if (!alpha) return data;
  const joined = newSamples(data.length + alpha.length, bitDepth);
  for (let i = 0, from = 0, to = 0; i < alpha.length; i++) {
    for (let channel = 0; channel < channels; channel++) joined[to++] = data[from++];
    joined[to++] = alpha[i];
  }
  return joined;
}

/** The opposite of `interleaveAlpha`: the last of `stored` samples of each pixel as a plane of its own. */
export function splitAlpha(
  samples: SampleArray,
  { stored, bitDepth }: { stored: number; bitDepth: number },
): { data: SampleArray; alpha: SampleArray } {
  const pixels = samples.length / stored;
  const [data, alpha] = [newSamples(pixels * (stored - 1), bitDepth), newSamples(pixels, bitDepth)];
  for (let i = 0, from = 0, to = 0; i < pixels; i++) {
    for (let channel = 0; channel < stored - 1; channel++) data[to++] = samples[from++];
    alpha[i] = samples[from++];
  }
  return { data, alpha };
}
