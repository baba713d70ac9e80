/** Several copies of a graph as one: candidates, or pictures of one size, trained side by side on one device. */

import type { Call, Graph, PlaneId } from "./graph.ts";

/** A graph of copies, and where each copy's planes and parameters are in it. */
export interface RepeatedGraph {
  readonly graph: Graph;
  /** The plane of copy `copy` that stands for `plane` of the original. */
  planeOf(plane: PlaneId, copy: number): PlaneId;
  /** Where copy `copy` has the original's parameter `index`. */
  parameterOf(index: number, copy: number): number;
}

/** What all copies have in common. */
export interface SharedParts {
  /** Read only, such as the picture. */
  readonly planes: ReadonlySet<PlaneId>;
  /** So many parameters, the first ones, exist once: their gradient is that of all copies. Default 0. */
  readonly parameters?: number;
}

/** Copies begin at whole vectors of four parameters: then the GPU runs all of them with the same kernels. */
const PARAMETER_ALIGNMENT = 4;

/**
 * Repeats a graph. Every copy draws its own noise. Throws a `RangeError` if a shared plane has a gradient, or if shared
 * parameters end within a matrix.
 */
export function repeatGraph(
  original: Graph,
  copies: number,
  { planes: shared, parameters: common = 0 }: SharedParts,
): RepeatedGraph {
  for (const { offset, rows, cols } of original.matrices) {
    if (offset < common && offset + rows * cols > common) {
      throw new RangeError(`Cannot repeat graph: the first ${common} parameters end within a matrix`);
    }
  }
  for (const plane of shared) {
    if (original.planes[plane].gradient) {
      throw new RangeError(`Cannot repeat graph: shared plane ${plane} has a gradient`);
    }
  }
  const own = [...original.planes.keys()].filter((plane) => !shared.has(plane));
  const position = new Map(own.map((plane, i) => [plane, i]));
  // Shared planes first, then the copies' own planes.
  const sharedPlanes = [...shared];
  const planeOf = (plane: PlaneId, copy: number) =>
    shared.has(plane) ? sharedPlanes.indexOf(plane) : sharedPlanes.length + copy * own.length + position.get(plane)!;
  const stride = Math.ceil((original.parameterCount - common) / PARAMETER_ALIGNMENT) * PARAMETER_ALIGNMENT;
  const parameterOf = (index: number, copy: number) => index < common ? index : index + copy * stride;
  const noisePerCopy = original.softQuantise.reduce((sum, call) => sum + call.width * call.height, 0);
  const repeatCall = (call: Call, copy: number): Call => ({
    ...call,
    planes: call.planes.map((plane) => planeOf(plane, copy)),
    parameters: call.parameters.map((offset) => parameterOf(offset, copy)),
    noiseBase: call.noiseBase + copy * noisePerCopy,
  });
  const all = Array.from({ length: copies }, (_, copy) => copy);
  const repeatCalls = (calls: readonly Call[]) => calls.flatMap((call) => all.map((copy) => repeatCall(call, copy)));
  const graph: Graph = {
    planes: [...sharedPlanes, ...all.flatMap(() => own)].map((plane) => original.planes[plane]),
    parameterCount: common + copies * stride,
    matrices: all.flatMap((copy) =>
      original.matrices.filter(({ offset }) => copy === 0 || offset >= common)
        .map((matrix) => ({ ...matrix, offset: parameterOf(matrix.offset, copy) }))
    ),
    latents: all.flatMap((copy) => original.latents.map((latent) => planeOf(latent, copy))),
    softQuantise: repeatCalls(original.softQuantise),
    hardQuantise: repeatCalls(original.hardQuantise),
    body: repeatCalls(original.body),
  };
  return { graph, planeOf, parameterOf };
}
