/**
 * Trains what all pictures share, on many crops at once, each of which has latents of its own.
 *
 * First one ARM, one IFCE and one set of upsampling filters, while each crop has a synthesis of its own: these networks see
 * latents, whose unit is the same in every picture; what the hidden units of a synthesis mean is different in every training.
 * Then, around those, one synthesis for all crops.
 */

import { type Architecture, imageShape } from "../bitstream/architecture.ts";
import { learnedCount } from "../bitstream/defaults.ts";
import { createExecutor, type DeviceOptions } from "../codec/device.ts";
import { initialParameters } from "../codec/initial_parameters.ts";
import { loadImage } from "../codec/load_image.ts";
import { type LossWords, train, type TrainingMoment } from "../codec/train.ts";
import { buildTrainingGraph } from "../codec/training_graph.ts";
import type { ParameterPrior } from "../kernels/parameter_optimiser.ts";
import { repeatGraph } from "../kernels/repeat_graph.ts";
import type { Image } from "../mod.ts";

/** How one row is trained. */
export interface RowOptions extends DeviceOptions {
  readonly lambda: number;
  readonly iterations: number;
  readonly seed: number;
  /** What is trained, at first; without it that of a fresh training. */
  readonly start?: Float32Array | undefined;
  /** ARM, IFCE and upsampling as they are to stay; with them, the synthesis is trained. */
  readonly known?: Float32Array | undefined;
  readonly onMoment?: (moment: TrainingMoment) => void;
  readonly signal?: AbortSignal | undefined;
}

/** What a training came to. */
export interface RowResult {
  readonly device: string;
  /** Of the last iteration, with the noise of training, mean of all crops. */
  readonly bpp: number;
  readonly psnrDb: number;
  /** What was trained: the parameters of ARM, IFCE and upsampling, or those of the synthesis. */
  readonly parameters: Float32Array;
}

/** Trains parameters that all crops share. They are of one size, in colour. */
export async function trainRow(
  architecture: Architecture,
  crops: readonly Image[],
  { lambda, iterations, seed, start, known, onMoment, signal, ...device }: RowOptions,
): Promise<RowResult> {
  const shape = imageShape(crops[0]);
  const training = buildTrainingGraph(architecture, shape);
  const { graph, groups } = training;
  const learned = learnedCount(groups);
  const [from, to] = known ? [learned, graph.parameterCount] : [0, learned];
  const copies = repeatGraph(graph, crops.length, { planes: new Set(), parameters: to });
  const executor = await createExecutor(copies.graph, device);
  try {
    const parameters = new Float32Array(copies.graph.parameterCount);
    for (const [copy, crop] of crops.entries()) {
      const image = training.image.map((plane) => copies.planeOf(plane, copy));
      const mean = await loadImage(executor, { ...training, image }, crop, { centred: known !== undefined });
      const own = initialParameters(architecture, shape, { groups, seed: seed + copy, mean });
      parameters.set(own.subarray(to), copies.parameterOf(to, copy));
      if (copy === 0) parameters.set(own.subarray(0, to));
    }
    if (known) parameters.set(known);
    if (start) parameters.set(start, from);
    await executor.writeParameters(parameters);
    await executor.writePrior(holdingFirst(from, parameters.length));
    const pixels = crops.length * shape.width * shape.height;
    let last: LossWords = { bpp: NaN, psnrDb: NaN };
    const watch = (moment: TrainingMoment) => {
      last = moment;
      onMoment?.(moment);
    };
    await train(executor, { iterations, lambda, seed, channels: shape.channels, pixels }, { onMoment: watch, signal });
    const trained = (await executor.readParameters()).slice(from, to);
    return { device: executor.device, bpp: last.bpp, psnrDb: last.psnrDb, parameters: trained };
  } finally {
    executor.close();
  }
}

/** A prior that costs nothing and holds the first `count` of `length` parameters. */
function holdingFirst(count: number, length: number): ParameterPrior {
  const [centre, weight, frozen] = [0, 1, 2].map(() => new Float32Array(length));
  frozen.fill(1, 0, count);
  return { centre, weight, frozen };
}
