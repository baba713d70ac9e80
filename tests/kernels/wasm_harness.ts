/** Runs a graph's programs once through the WASM back-end, in this thread, on the numbers of a reference state. */

import type { Graph, LossSums } from "../../kernels/graph.ts";
import type { Scalars } from "../../kernels/program.ts";
import type { ReferenceState } from "../../kernels/reference/state.ts";
import { CONTROL_WORDS } from "../../kernels/wasm/barrier.ts";
import { PAD } from "../../kernels/wasm/emit_store.ts";
import { readPlane, writePlane } from "../../kernels/wasm/plane_access.ts";
import { compileSchedule, type Schedule } from "../../kernels/wasm/schedule.ts";
import { Thread } from "../../kernels/wasm/thread.ts";

/** What a pass over the graph gave. */
export interface WasmResult {
  readonly loss: LossSums;
  readonly values: readonly Float32Array[];
  readonly gradients: readonly Float32Array[];
  readonly dParameters: Float64Array;
}

/** Forward and backward, with the planes' gradients of `state` as the gradients that were there before. */
export function runWasm(graph: Graph, state: ReferenceState, scalars: Scalars): WasmResult {
  const schedule = compileSchedule(graph, 1);
  const memory = new WebAssembly.Memory({ initial: schedule.pages, maximum: schedule.pages, shared: true });
  const floats = new Float32Array(memory.buffer);
  for (const [address, words] of schedule.tables) new Int32Array(memory.buffer, address).set(words);
  const view = (plane: number, base: number) => ({
    floats,
    plane: graph.planes[plane],
    memory: { ...schedule.map.planes[plane], base },
  });
  graph.planes.forEach((plane, i) => {
    const { base, gradient } = schedule.map.planes[i];
    writePlane(view(i, base), state.values[i], schedule.replicate.has(i));
    if (plane.gradient) writePlane(view(i, gradient), state.gradients[i], false);
  });
  floats.set(state.parameters, schedule.map.parameters / 4);
  const thread = new Thread({
    schedule,
    memory,
    control: new Int32Array(CONTROL_WORDS),
    thread: 0,
    threads: 1,
    parameterCount: graph.parameterCount,
    matrices: graph.matrices,
  });
  const [loss] = thread.train([{ scalars, latentRate: 0, parameterRate: 0, clipNorm: Infinity }]);
  return {
    loss,
    values: graph.planes.map((_, i) => readPlane(view(i, schedule.map.planes[i].base))),
    gradients: graph.planes.map((plane, i) =>
      plane.gradient
        ? foldedGradient(view(i, schedule.map.planes[i].gradient), schedule.replicate.has(i))
        : new Float32Array()
    ),
    dParameters: parameterGradients(schedule, floats, graph.parameterCount),
  };
}

/** A gradient with what went to repeated columns added to the edges, as the plane's writer would do. */
function foldedGradient(view: Parameters<typeof readPlane>[0], replicate: boolean): Float32Array {
  const values = readPlane(view);
  if (!replicate) return values;
  const { width, height } = view.plane;
  for (let y = 0; y < height; y++) {
    const start = (view.memory.base + y * view.memory.rowBytes) / 4;
    for (let i = 1; i <= PAD; i++) {
      values[y * width] += view.floats[start - i];
      values[y * width + width - 1] += view.floats[start + width - 1 + i];
    }
  }
  return values;
}

function parameterGradients({ train }: Schedule, floats: Float32Array, count: number): Float64Array {
  const sums = new Float64Array(count);
  for (const { from, length, to } of train.gradients) {
    for (let i = 0; i < length; i++) sums[to + i] += floats[from + i];
  }
  return sums;
}
