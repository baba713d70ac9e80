/** The numbers of a graph in float64: values and gradients of planes and parameters. */

import type { Graph, Plane } from "../graph.ts";

/** Everything the reference back-end reads and writes. */
export interface ReferenceState {
  readonly planes: readonly Plane[];
  /** By plane, `[height, width]`. */
  readonly values: readonly Float64Array[];
  /** Derivative of the loss by plane value, `[height, width]`; kept for every plane, wanted or not. */
  readonly gradients: readonly Float64Array[];
  readonly parameters: Float64Array;
  readonly dParameters: Float64Array;
}

/** A state with all numbers 0. */
export function createReferenceState(
  { planes, parameterCount }: Pick<Graph, "planes" | "parameterCount">,
): ReferenceState {
  const zeros = () => planes.map(({ width, height }) => new Float64Array(width * height));
  return {
    planes,
    values: zeros(),
    gradients: zeros(),
    parameters: new Float64Array(parameterCount),
    dParameters: new Float64Array(parameterCount),
  };
}

/** Sets all gradients to 0. */
export function clearGradients(state: ReferenceState): void {
  for (const gradient of state.gradients) gradient.fill(0);
  state.dParameters.fill(0);
}
