/** Runs a one-call graph through the WGSL back-end on the numbers of a reference state. */

import type { Graph, LossSums } from "../../kernels/graph.ts";
import type { Scalars } from "../../kernels/program.ts";
import type { ReferenceState } from "../../kernels/reference/state.ts";
import { createGpuTrainer } from "../../kernels/wgsl/gpu_trainer.ts";

/** What a pass over the graph gave. */
export interface WgslResult {
  readonly loss: LossSums;
  readonly values: readonly Float32Array[];
  readonly gradients: readonly Float32Array[];
  readonly dParameters: Float32Array;
}

/** Forward and backward, with the planes' gradients of `state` as the gradients of what the call stores. */
export async function runWgsl(graph: Graph, state: ReferenceState, scalars: Scalars): Promise<WgslResult> {
  const trainer = await createGpuTrainer(graph, { allowSoftware: true });
  try {
    for (const [i, plane] of graph.planes.entries()) {
      await trainer.writePlane(i, Float32Array.from(state.values[i]));
      if (plane.gradient) await trainer.writeGradient(i, Float32Array.from(state.gradients[i]));
    }
    await trainer.writeParameters(Float32Array.from(state.parameters));
    const [loss] = await trainer.train([{ scalars, latentRate: 0, parameterRate: 0, clipNorm: Infinity }]);
    const values: Float32Array[] = [];
    const gradients: Float32Array[] = [];
    for (const [i, plane] of graph.planes.entries()) {
      values.push(await trainer.readPlane(i));
      gradients.push(plane.gradient ? await trainer.readGradient(i) : new Float32Array());
    }
    return { loss, values, gradients, dParameters: await trainer.readParameterGradient() };
  } finally {
    trainer.close();
  }
}
