/** Several copies of a graph as one: candidates, or pictures of one size, trained side by side on one device. */

import type { Call, Graph, PlaneId } from "./graph.ts";

/** A graph of copies, and where each copy's planes and parameters are in it. */
export interface RepeatedGraph {
  readonly graph: Graph;
  /** The plane of copy `copy` that stands for `plane` of the original. */
  planeOf(plane: PlaneId, copy: number): PlaneId;
  /** Copy `copy` has the parameters from this index on. */
  parametersOf(copy: number): number;
}

/** Copies begin at whole vectors of four parameters: then the GPU runs all of them with the same kernels. */
const PARAMETER_ALIGNMENT = 4;

/**
 * Repeats a graph. Planes in `shared` (read only, such as the picture) exist once. Every copy draws its own noise.
 * Throws a `RangeError` if a shared plane is written or has a gradient.
 */
export function repeatGraph(original: Graph, copies: number, shared: ReadonlySet<PlaneId>): RepeatedGraph {
  for (const plane of shared) {
    if (original.planes[plane].gradient) {
      throw new RangeError(`Cannot repeat graph: shared plane ${plane} has a gradient`);
    }
  }
  const own = [...original.planes.keys()].filter((plane) => !shared.has(plane));
  const position = new Map(own.map((plane, i) => [plane, i]));
  // Shared planes first, then the copies' own planes.
  const common = [...shared];
  const planeOf = (plane: PlaneId, copy: number) =>
    shared.has(plane) ? common.indexOf(plane) : common.length + copy * own.length + position.get(plane)!;
  const parameterStride = Math.ceil(original.parameterCount / PARAMETER_ALIGNMENT) * PARAMETER_ALIGNMENT;
  const parametersOf = (copy: number) => copy * parameterStride;
  const noisePerCopy = original.softQuantise.reduce((sum, call) => sum + call.width * call.height, 0);
  const repeatCall = (call: Call, copy: number): Call => ({
    ...call,
    planes: call.planes.map((plane) => planeOf(plane, copy)),
    parameters: call.parameters.map((offset) => parametersOf(copy) + offset),
    noiseBase: call.noiseBase + copy * noisePerCopy,
  });
  const all = Array.from({ length: copies }, (_, copy) => copy);
  const repeatCalls = (calls: readonly Call[]) => calls.flatMap((call) => all.map((copy) => repeatCall(call, copy)));
  const graph: Graph = {
    planes: [...common, ...all.flatMap(() => own)].map((plane) => original.planes[plane]),
    parameterCount: copies * parameterStride,
    matrices: all.flatMap((copy) =>
      original.matrices.map((matrix) => ({ ...matrix, offset: parametersOf(copy) + matrix.offset }))
    ),
    latents: all.flatMap((copy) => original.latents.map((latent) => planeOf(latent, copy))),
    softQuantise: repeatCalls(original.softQuantise),
    hardQuantise: repeatCalls(original.hardQuantise),
    body: repeatCalls(original.body),
  };
  return { graph, planeOf, parametersOf };
}
