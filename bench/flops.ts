/** Arithmetic of kernel programs: what speeds are computed from. */

import type { Call, Graph } from "../kernels/graph.ts";
import { type Program, widthOf } from "../kernels/program.ts";

/** Operations of the linear layers at one site, a multiply-add counting 2; backward: again, by the input, by the weights. */
export function flopsPerSite({ program }: Call, direction: "forward" | "backward"): number {
  let macs = 0;
  for (const op of program.ops) {
    if (op.kind !== "linear") continue;
    const size = op.map.filter((weight) => weight >= 0).length;
    macs += direction === "forward" ? size : size * (wantsInputGradient(program, op.input) ? 3 : 2);
  }
  return 2 * macs;
}

/** Operations of one training iteration: a loss is computed once, in its backward pass, all else forward and backward. */
export function flopsPerIteration({ body }: Graph): number {
  return body.reduce((sum, call) => {
    const stores = call.program.ops.some(({ kind }) => kind === "store");
    const perSite = flopsPerSite(call, "backward") + (stores ? flopsPerSite(call, "forward") : 0);
    return sum + call.width * call.height * perSite;
  }, 0);
}

function wantsInputGradient(program: Program, input: number): boolean {
  const op = program.ops[input];
  return widthOf(program, input) > 0 &&
    (op.kind !== "gather" || op.taps.some((tap) => tap.plane >= 0 && program.planes[tap.plane].gradient));
}
