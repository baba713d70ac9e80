/** A tiny picture in training on the reference back-end. */

import { type Architecture, PRESETS } from "../../bitstream/architecture.ts";
import { initialParameters } from "../../codec/initial_parameters.ts";
import { buildTrainingGraph } from "../../codec/training_graph.ts";
import { ReferenceExecutor } from "../../kernels/reference/executor.ts";

/** 12x10 pixels, three levels. */
export const TINY_SHAPE = { width: 12, height: 10, channels: 3, topLevel: 2 };

/** A small decoder with every kind of layer: two hidden ones in its ARM, a 3x3 one in its synthesis. */
export const SMALL_DECODER: Architecture = {
  ...PRESETS.hop,
  contexts: 6,
  features: 2,
  armLayers: [{ outputs: 8, residual: true }, { outputs: 8, residual: true }],
  synthesis: [
    { outputs: 8, kernel: 1, residual: false, relu: true },
    { outputs: 0, kernel: 1, residual: false, relu: false },
    { outputs: 0, kernel: 3, residual: true, relu: false },
  ],
};

/** That decoder before its first iteration, on a horizontal ramp. */
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
