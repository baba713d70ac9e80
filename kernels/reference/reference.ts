/**
 * The reference back-end: whole graphs in float64, obvious and slow. The other back-ends are tested against it.
 */

import type { Graph, LossSums } from "../graph.ts";
import type { Scalars } from "../program.ts";
import { backwardReference } from "./backward.ts";
import { forwardReference } from "./forward.ts";
import { clearGradients, type ReferenceState } from "./state.ts";

/** Which quantiser a whole pass begins with. */
export interface PassChoices {
  /** `softQuantise` with its gradient, else `hardQuantise`. */
  readonly soft: boolean;
}

/** Forward pass of a whole graph. */
export function evaluateReference(
  graph: Graph,
  state: ReferenceState,
  { scalars, soft }: PassChoices & { readonly scalars: Scalars },
): LossSums {
  const sums = { bits: 0, squaredError: 0 };
  for (const call of [...(soft ? graph.softQuantise : graph.hardQuantise), ...graph.body]) {
    const part = forwardReference(call, state, scalars);
    sums.bits += part.bits;
    sums.squaredError += part.squaredError;
  }
  return sums;
}

/** Gradients of a whole graph (cleared first): forward, then backward in reverse order. */
export function runReference(graph: Graph, state: ReferenceState, scalars: Scalars, { soft }: PassChoices): LossSums {
  clearGradients(state);
  const sums = evaluateReference(graph, state, { scalars, soft });
  const calls = [...(soft ? graph.softQuantise : graph.hardQuantise), ...graph.body];
  for (const call of calls.reverse()) backwardReference(call, state, scalars);
  return sums;
}
