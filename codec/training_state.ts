/** A copy of all that training has made so far. */

import { type Executor, readPlanes } from "../kernels/executor.ts";
import type { Graph } from "../kernels/graph.ts";

/** Network parameters and latents as floats, in the order of the training graph. */
export interface TrainingState {
  readonly parameters: Float32Array;
  readonly latents: readonly Float32Array[];
}

/** Where latents are in a graph. */
export type LatentPlanes = Pick<Graph, "latents">;

/** Whether all of it are finite numbers. */
export function isFiniteState({ parameters, latents }: TrainingState): boolean {
  return [parameters, ...latents].every((values) => values.every(Number.isFinite));
}

/** Copies the state out of an executor. */
export async function readState(executor: Executor, { latents: planes }: LatentPlanes): Promise<TrainingState> {
  return { parameters: await executor.readParameters(), latents: await readPlanes(executor, planes) };
}

/** Puts a state into an executor; the moments of its optimisers stay as they are. */
export async function writeState(executor: Executor, { latents: planes }: LatentPlanes, state: TrainingState) {
  await executor.writeParameters(state.parameters);
  for (const [i, plane] of planes.entries()) await executor.writePlane(plane, state.latents[i]);
}
