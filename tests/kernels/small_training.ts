/** A small image in training, for tests of whole iterations. */

import { type Architecture, defaultTopLevel } from "../../bitstream/architecture.ts";
import { initialParameters } from "../../codec/initial_parameters.ts";
import { trainingStep } from "../../codec/schedule.ts";
import { buildTrainingGraph, type TrainingGraph } from "../../codec/training_graph.ts";
import type { Executor, Step } from "../../kernels/executor.ts";
import { randomSource } from "../random.ts";

/** A training graph with parameters to start from. */
export interface SmallTraining {
  readonly training: TrainingGraph;
  readonly parameters: Float32Array;
  readonly pixels: number;
}

/** By default odd sizes, more than one strip of rows, several levels. */
export function smallTraining(arch: Architecture, width = 37, height = 45): SmallTraining {
  const shape = { width, height, channels: 3, topLevel: defaultTopLevel(width, height) };
  const training = buildTrainingGraph(arch, shape);
  const parameters = initialParameters(arch, shape, { groups: training.groups, seed: 3, mean: [0.4, 0.5, 0.6] });
  // Start away from the zero latents, where many gradients vanish.
  const random = randomSource(5);
  return { training, parameters: parameters.map((value) => value + 0.05 * (random() - 0.5)), pixels: width * height };
}

/** The first steps of a schedule. */
export function trainingSteps(count: number, { pixels }: SmallTraining): Step[] {
  const options = { iterations: 1000, lambda: 1e-3, seed: 4, channels: 3, pixels };
  return Array.from({ length: count }, (_, i) => trainingStep(i, options));
}

/** Writes a random image, random latents and the parameters. */
export async function load(executor: Executor, { training, parameters }: SmallTraining): Promise<void> {
  const random = randomSource(6);
  const fill = async (plane: number, value: () => number) => {
    const { width, height } = training.graph.planes[plane];
    await executor.writePlane(plane, Float32Array.from({ length: width * height }, value));
  };
  for (const plane of training.image) await fill(plane, random);
  for (const plane of training.latents) await fill(plane, () => 4 * (random() - 0.5));
  await executor.writeParameters(parameters);
}

/** The bytes of all that training changes. */
export async function trainedBytes(executor: Executor, { training }: SmallTraining): Promise<Uint8Array> {
  const arrays = [await executor.readParameters()];
  for (const plane of training.latents) arrays.push(await executor.readPlane(plane));
  return Uint8Array.from(arrays.flatMap((values) => [...new Uint8Array(values.buffer)]));
}
