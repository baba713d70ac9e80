/** Tries the decoder's fractional bits on the decoder itself. */

import type { FixedPoint, QuantisedModel } from "../bitstream/quantised_model.ts";
import { MIN_FIXED_POINT } from "../bitstream/fixed_point_fields.ts";
import type { Image } from "./image.ts";
import { meanSquaredError } from "./metrics.ts";

/**
 * Lowers the fractional bits, first of the planes, then of the layers, while that brings the decoded picture closer to
 * `image`. Values between the two passes of a filter, which training never stores, can be larger than all planes; a
 * decoder that has no room for them cuts them off. A bit too few costs a thousandth of a dB, one too many has cost two dB.
 */
export function settleFixedPoint(
  model: QuantisedModel,
  image: Image,
  reconstruct: (model: QuantisedModel) => Image,
): FixedPoint {
  const error = (fixedPoint: FixedPoint) => meanSquaredError(image, reconstruct({ ...model, fixedPoint }));
  let best = model.fixedPoint;
  let least = error(best);
  for (const lower of [lowerPlanes, lowerLayers]) {
    for (;;) {
      const trial = lower(best);
      const trialError = error(trial);
      if (trialError >= least) break;
      [best, least] = [trial, trialError];
    }
  }
  return best;
}

function lowerPlanes({ planeBits, layerBits }: FixedPoint): FixedPoint {
  return { planeBits: oneLess(planeBits), layerBits };
}

function lowerLayers({ planeBits, layerBits }: FixedPoint): FixedPoint {
  return { planeBits, layerBits: layerBits.map(oneLess) };
}

function oneLess(bits: number): number {
  return Math.max(MIN_FIXED_POINT, bits - 1);
}
