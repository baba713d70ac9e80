/** A copy of all that training has made so far. */

import type { Executor } from "../kernels/executor.ts";
import type { TrainingGraph } from "./training_graph.ts";

/** Network parameters and latents as floats, in the order of the training graph. */
export interface TrainingState {
  readonly parameters: Float32Array;
  readonly latents: readonly Float32Array[];
}

/** Copies the state out of an executor. */
export async function readState(executor: Executor, { latents: planes }: TrainingGraph): Promise<TrainingState> {
  const parameters = await executor.readParameters();
  const latents: Float32Array[] = [];
  for (const plane of planes) latents.push(await executor.readPlane(plane));
  return { parameters, latents };
}

/** Puts a state into an executor; the moments of its optimisers stay as they are. */
export async function writeState(executor: Executor, { latents: planes }: TrainingGraph, state: TrainingState) {
  await executor.writeParameters(state.parameters);
  for (const [i, plane] of planes.entries()) await executor.writePlane(plane, state.latents[i]);
}
