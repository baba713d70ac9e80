/** Brings an image into an executor. */

import type { Executor } from "../kernels/executor.ts";
import type { Image } from "./image.ts";
import type { TrainingGraph } from "./training_graph.ts";

/** Writes the image's planes; gives the mean sample of each. */
export async function loadImage(executor: Executor, { image: planes }: TrainingGraph, image: Image): Promise<number[]> {
  const mean: number[] = [];
  for (const [channel, plane] of planes.entries()) {
    const samples = channelSamples(image, channel);
    mean.push(samples.reduce((a, b) => a + b, 0) / samples.length);
    await executor.writePlane(plane, samples);
  }
  return mean;
}

/** Samples of one channel in units of 2^-bitDepth. */
function channelSamples({ width, height, channels, bitDepth, data }: Image, channel: number): Float32Array {
  const scale = 2 ** -bitDepth;
  return Float32Array.from({ length: width * height }, (_, i) => data[i * channels + channel] * scale);
}
