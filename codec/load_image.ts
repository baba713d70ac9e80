/** Brings an image into an executor. */

import type { Executor } from "../kernels/executor.ts";
import { SAMPLE_MAX } from "../kernels/program.ts";
import type { Image } from "./image.ts";
import type { TrainingGraph } from "./training_graph.ts";

/** The mean of a picture that is centred: the one that learned defaults of the synthesis have, in units of 2^-bitDepth. */
export const CENTRED_MEAN = 0.5;

/** Choices of `loadImage`. */
export interface LoadChoices {
  /** Whether each plane is moved to a mean of `CENTRED_MEAN`, as far as it stays in range. Default false. */
  readonly centred?: boolean;
}

/** Writes the image's planes; gives the mean sample of each. */
export async function loadImage(
  executor: Executor,
  { image: planes }: Pick<TrainingGraph, "image">,
  image: Image,
  { centred = false }: LoadChoices = {},
): Promise<number[]> {
  const mean: number[] = [];
  for (const [channel, plane] of planes.entries()) {
    const samples = channelSamples(image, channel);
    const own = meanOf(samples);
    const loaded = centred ? moved(samples, CENTRED_MEAN - own) : samples;
    mean.push(centred ? CENTRED_MEAN : own);
    await executor.writePlane(plane, loaded);
  }
  return mean;
}

function meanOf(samples: Float32Array): number {
  return samples.reduce((a, b) => a + b, 0) / samples.length;
}

function moved(samples: Float32Array, by: number): Float32Array {
  return samples.map((sample) => Math.max(0, Math.min(SAMPLE_MAX, sample + by)));
}

/** Samples of one channel in units of 2^-bitDepth. */
export function channelSamples({ width, height, channels, bitDepth, data }: Image, channel: number): Float32Array {
  const scale = 2 ** -bitDepth;
  return Float32Array.from({ length: width * height }, (_, i) => data[i * channels + channel] * scale);
}
