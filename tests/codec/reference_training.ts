/** A tiny picture in training on the reference back-end. */

import { initialParameters } from "../../codec/initial_parameters.ts";
import { buildTrainingGraph } from "../../codec/training_graph.ts";
import { ReferenceExecutor } from "../../kernels/reference/executor.ts";
import { SMALL_DECODER } from "../small_decoder.ts";

/** 12x10 pixels, three levels. */
export const TINY_SHAPE = { width: 12, height: 10, channels: 3, topLevel: 2 };

/** `SMALL_DECODER` before its first iteration, on a horizontal ramp. */
export async function referenceTraining() {
  const training = buildTrainingGraph(SMALL_DECODER, TINY_SHAPE);
  const executor = new ReferenceExecutor(training.graph);
  const { groups } = training;
  const mean = [0.5, 0.4, 0.3];
  await executor.writeParameters(initialParameters(SMALL_DECODER, TINY_SHAPE, { groups, seed: 1, mean }));
  for (const plane of training.image) {
    await executor.writePlane(plane, Float32Array.from({ length: 120 }, (_, i) => (i % 12) / 14));
  }
  return { training, executor };
}
