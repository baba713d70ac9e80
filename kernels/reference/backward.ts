/** Backward pass of one call in float64: the derivative of every operation, site by site. */

import type { Call } from "../graph.ts";
import type { GatherOp, LaplaceBitsOp, LinearOp, Op, Scalars, SquaredErrorOp, StoreOp } from "../program.ts";
import { widthOf } from "../program.ts";
import { softround, squaredError, symbolBits } from "./functions.ts";
import { type Site, siteValues, storeTarget, tapIndex } from "./site.ts";
import type { ReferenceState } from "./state.ts";

/**
 * Adds to the gradients of the planes that the call reads (slots with `gradient`) and of its parameters the derivative of
 *
 *     rateWeight * bits + distortionWeight * squaredError + sum(dOutput * output)
 *
 * where dOutput are the gradients, as they stand, of the planes that the call stores.
 */
export function backwardReference(call: Call, state: ReferenceState, scalars: Scalars): void {
  for (let y = 0; y < call.height; y++) {
    for (let x = 0; x < call.width; x++) backwardSite({ call, y, x }, state, scalars);
  }
}

/** A site while its gradient is being computed. */
interface Walk {
  readonly site: Site;
  readonly state: ReferenceState;
  readonly scalars: Scalars;
  readonly values: readonly Float64Array[];
  /** Derivative by each operation's result, complete once all later operations are done. */
  readonly dValues: readonly Float64Array[];
}

function backwardSite(site: Site, state: ReferenceState, scalars: Scalars): void {
  const { program } = site.call;
  const values = siteValues(site, state, scalars);
  const dValues = program.ops.map((_, value) => new Float64Array(widthOf(program, value)));
  const walk = { site, state, scalars, values, dValues };
  for (let value = program.ops.length - 1; value >= 0; value--) backwardOp(program.ops[value], value, walk);
}

function backwardOp(op: Op, value: number, walk: Walk): void {
  const { values, dValues, scalars } = walk;
  switch (op.kind) {
    case "gather":
      return backwardGather(op, dValues[value], walk);
    case "linear":
      return backwardLinear(op, value, walk);
    case "softround":
      return values[op.input].forEach((x, c) => {
        dValues[op.input][c] += softround(x, scalars.temperature).derivative * dValues[value][c];
      });
    case "noise":
      return dValues[value].forEach((d, c) => dValues[op.input][c] += d);
    case "round":
      return;
    case "store":
      return backwardStore(op, walk);
    case "laplaceBits":
      return backwardLaplaceBits(op, walk);
    case "squaredError":
      return backwardSquaredError(op, walk);
  }
}

function backwardGather(op: GatherOp, dValue: Float64Array, { site, state }: Walk): void {
  op.taps.forEach((tap, c) => {
    const index = tapIndex(site, state, tap);
    if (index >= 0 && site.call.program.planes[tap.plane].gradient) {
      state.gradients[site.call.planes[tap.plane]][index] += dValue[c];
    }
  });
}

function backwardLinear(op: LinearOp, value: number, { site, state, values, dValues }: Walk): void {
  const { parameters, dParameters } = state;
  const input = values[op.input];
  const weights = site.call.parameters[op.weights];
  for (let row = 0; row < op.rows; row++) {
    const d = op.relu && values[value][row] <= 0 ? 0 : dValues[value][row];
    if (op.addend !== undefined) dValues[op.addend][row] += d;
    if (op.bias !== undefined) dParameters[site.call.parameters[op.bias] + row] += d;
    for (let col = 0; col < input.length; col++) {
      const weight = op.map[row * input.length + col];
      if (weight < 0) continue;
      dValues[op.input][col] += parameters[weights + weight] * d;
      dParameters[weights + weight] += input[col] * d;
    }
  }
}

function backwardStore(op: StoreOp, { site, state, dValues }: Walk): void {
  dValues[op.value].forEach((_, c) => {
    const { slot, index } = storeTarget(site, state, op, c);
    if (index >= 0) dValues[op.value][c] += state.gradients[site.call.planes[slot]][index];
  });
}

function backwardLaplaceBits(op: LaplaceBitsOp, { values, dValues, scalars }: Walk): void {
  const [mu, logScale] = values[op.params];
  const derivatives = symbolBits(values[op.symbol][0], mu, logScale);
  dValues[op.symbol][0] += scalars.rateWeight * derivatives.dSymbol;
  dValues[op.params][0] += scalars.rateWeight * derivatives.dMu;
  dValues[op.params][1] += scalars.rateWeight * derivatives.dLogScale;
}

function backwardSquaredError(op: SquaredErrorOp, { values, dValues, scalars }: Walk): void {
  values[op.input].forEach((input, c) => {
    dValues[op.input][c] += scalars.distortionWeight * squaredError(input, values[op.target][c]).derivative;
  });
}
