/** Which gathers are not copied to scratch memory: what they read stays in its planes until a layer needs it. */

import { type GatherOp, type Program, readersOf, type Value } from "../program.ts";

/** Outputs of a layer that reads each input once per pass, since they fit into one tile of a product or of sums. */
const MAX_OUTPUTS = 4;

/** Whether a gather reads at the sites' own resolution and is nothing but the input of small layers. */
export function isDirectGather(program: Program, op: GatherOp, value: Value): boolean {
  const isFine = op.taps.every(({ plane, shift }) => plane >= 0 && shift === 0);
  return isFine && readersOf(program, value).every((reader) => {
    const user = program.ops[reader];
    return user.kind === "linear" && user.addend !== value && user.rows <= MAX_OUTPUTS;
  });
}
