/** Which gathers are not copied to scratch memory: what they read stays in its planes until a layer needs it. */

import { type GatherOp, operandsOf, type Program, type Value } from "../program.ts";

/** Outputs of a layer that reads each input once per pass, since they fit into one tile of a product or of sums. */
const MAX_OUTPUTS = 4;

/** Gathers at the sites' own resolution that are nothing but inputs of small layers. */
export function directGathers(program: Program): ReadonlySet<Value> {
  const isDirect = (value: Value) =>
    program.ops.filter((user) => operandsOf(user).includes(value)).every((user) =>
      user.kind === "linear" && user.addend !== value && user.rows <= MAX_OUTPUTS
    );
  const values = program.ops.map((op, value) => op.kind === "gather" && isFine(op) && isDirect(value) ? [value] : []);
  return new Set(values.flat());
}

function isFine({ taps }: GatherOp): boolean {
  return taps.every(({ plane, shift }) => plane >= 0 && shift === 0);
}
