/** Forward pass of one call in float64. */

import type { Call, LossSums } from "../graph.ts";
import type { Scalars } from "../program.ts";
import { squaredError, symbolBits } from "./functions.ts";
import { type Site, siteValues, storeTarget } from "./site.ts";
import type { ReferenceState } from "./state.ts";

/** Runs a call: writes the planes it stores and returns the losses it adds up. */
export function forwardReference(call: Call, state: ReferenceState, scalars: Scalars): LossSums {
  const sums = { bits: 0, squaredError: 0 };
  for (let y = 0; y < call.height; y++) {
    for (let x = 0; x < call.width; x++) {
      const site = { call, y, x };
      finishSite(site, state, siteValues(site, state, scalars), sums);
    }
  }
  return sums;
}

function finishSite(
  site: Site,
  state: ReferenceState,
  values: readonly Float64Array[],
  sums: { bits: number; squaredError: number },
): void {
  for (const op of site.call.program.ops) {
    if (op.kind === "store") {
      values[op.value].forEach((value, c) => {
        const { slot, index } = storeTarget(site, state, op, c);
        if (index >= 0) state.values[site.call.planes[slot]][index] = value;
      });
    } else if (op.kind === "laplaceBits") {
      const [mu, logScale] = values[op.params];
      sums.bits += symbolBits(values[op.symbol][0], mu, logScale).bits;
    } else if (op.kind === "squaredError") {
      const target = values[op.target];
      values[op.input].forEach((value, c) => sums.squaredError += squaredError(value, target[c]).value);
    }
  }
}
