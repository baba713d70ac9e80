/**
 * Trains what all pictures share: one ARM, one IFCE and one set of upsampling filters for many crops at once, each of which
 * has latents and a synthesis of its own. These networks see latents, whose unit is the same in every picture; what the
 * hidden units of a synthesis mean is different in every training.
 */

import { type Architecture, imageShape } from "../bitstream/architecture.ts";
import { learnedCount } from "../bitstream/defaults.ts";
import { createExecutor, type DeviceOptions } from "../codec/device.ts";
import { initialParameters } from "../codec/initial_parameters.ts";
import { loadImage } from "../codec/load_image.ts";
import { type LossWords, train, type TrainingMoment } from "../codec/train.ts";
import { buildTrainingGraph } from "../codec/training_graph.ts";
import { repeatGraph } from "../kernels/repeat_graph.ts";
import type { Image } from "../mod.ts";

/** How one row is trained. */
export interface RowOptions extends DeviceOptions {
  readonly lambda: number;
  readonly iterations: number;
  readonly seed: number;
  /** The shared parameters at first; without them those of a fresh training. */
  readonly start?: Float32Array | undefined;
  readonly onMoment?: (moment: TrainingMoment) => void;
  readonly signal?: AbortSignal | undefined;
}

/** What a training came to. */
export interface RowResult {
  readonly device: string;
  /** Of the last iteration, with the noise of training, mean of all crops. */
  readonly bpp: number;
  readonly psnrDb: number;
  /** The shared parameters. */
  readonly parameters: Float32Array;
}

/** Trains the shared parameters on crops of one size. */
export async function trainRow(
  architecture: Architecture,
  crops: readonly Image[],
  { lambda, iterations, seed, start, onMoment, signal, ...device }: RowOptions,
): Promise<RowResult> {
  const shape = imageShape(crops[0]);
  const training = buildTrainingGraph(architecture, shape);
  const { graph, groups } = training;
  const shared = learnedCount(groups);
  const copies = repeatGraph(graph, crops.length, { planes: new Set(), parameters: shared });
  const executor = await createExecutor(copies.graph, device);
  try {
    const parameters = new Float32Array(copies.graph.parameterCount);
    for (const [copy, crop] of crops.entries()) {
      const image = training.image.map((plane) => copies.planeOf(plane, copy));
      const mean = await loadImage(executor, { ...training, image }, crop);
      const own = initialParameters(architecture, shape, { groups, seed: seed + copy, mean });
      parameters.set(own.subarray(shared), copies.parameterOf(shared, copy));
      if (copy === 0) parameters.set(start ?? own.subarray(0, shared));
    }
    await executor.writeParameters(parameters);
    const pixels = crops.length * shape.width * shape.height;
    let last: LossWords = { bpp: NaN, psnrDb: NaN };
    const watch = (moment: TrainingMoment) => {
      last = moment;
      onMoment?.(moment);
    };
    await train(executor, { iterations, lambda, seed, channels: shape.channels, pixels }, { onMoment: watch, signal });
    const trained = (await executor.readParameters()).slice(0, shared);
    return { device: executor.device, bpp: last.bpp, psnrDb: last.psnrDb, parameters: trained };
  } finally {
    executor.close();
  }
}
