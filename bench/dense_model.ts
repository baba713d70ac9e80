/** Models for which the plain decoder skips nothing: no latent is zero, so that no context is. */

import { type Architecture, type ImageShape, latentGrids } from "../bitstream/architecture.ts";
import { parameterCount, parameterGroups } from "../bitstream/parameters.ts";
import type { QuantisedModel } from "../bitstream/quantised_model.ts";

/**
 * A model whose latents alternate between 1 and -1 and whose parameters are all zero. Then only the first latent of each
 * grid has a context of zeros, for which each grid's one answer to it is made.
 */
export function denseModel(architecture: Architecture, shape: ImageShape): QuantisedModel {
  const groups = parameterGroups(architecture, shape);
  return {
    shape,
    architecture,
    bitDepth: 8,
    streams: 1,
    fixedPoint: { planeBits: 9, layerBits: architecture.synthesis.slice(1).map(() => 11) },
    stepBits: groups.map(({ maxStepBits }) => maxStepBits),
    parameters: new Int32Array(parameterCount(groups)),
    grids: latentGrids(architecture, shape).map(({ width, height }) =>
      Int16Array.from({ length: width * height }, (_, i) => 1 - 2 * (i & 1))
    ),
  };
}
