/**
 * Counts the multiplications that the plain decoder makes, module by module, while it runs. Every product of its networks is a
 * `Math.imul`; that function counts for as long as the run takes, so that the decoder itself knows nothing of it.
 */

import { ifceInputs, latentGrids } from "../bitstream/architecture.ts";
import { extractFeatures, integerIfce } from "../bitstream/integer_ifce.ts";
import { visitLatents } from "../bitstream/latents.ts";
import type { QuantisedModel } from "../bitstream/quantised_model.ts";
import type { Complexity } from "../bitstream/complexity.ts";
import type { Image } from "../codec/image.ts";
import { fineModel, restore } from "../codec/reconstruct/restoration.ts";
import { synthesise } from "../codec/reconstruct/synthesis.ts";
import { upsample } from "../codec/reconstruct/upsampling.ts";

/**
 * Multiplications per pixel of the plain decoder for this model. Unlike `macPerPixel` it depends on the latents (a context of
 * zeros costs nothing but one evaluation per grid) and, above `SYNTHESIS_BAND_ROWS` rows, includes the rows around a band
 * that synthesis with 3x3 layers computes twice.
 */
export function countMultiplications(model: QuantisedModel): Complexity {
  const pixels = model.shape.width * model.shape.height;
  const ifce = countImul(() => extractAll(model)) / pixels;
  const latents = countImul(() => visitAll(model)) / pixels;
  let planes: ReturnType<typeof upsample> = [];
  const upsampling = countImul(() => planes = upsample(model)) / pixels;
  const { restoration: filter, bitDepth } = model;
  let samples: Image;
  const synthesis = countImul(() => samples = synthesise(filter ? fineModel(model) : model, planes)) / pixels;
  const restoration = countImul(() => filter && restore(samples, filter, bitDepth)) / pixels;
  const total = latents + upsampling + synthesis + restoration;
  return { arm: latents - ifce, ifce, upsampling, synthesis, restoration, total };
}

/** Calls of `Math.imul` while `work` runs. */
function countImul(work: () => void): number {
  const imul = Math.imul;
  let count = 0;
  Math.imul = (a, b) => {
    count++;
    return imul(a, b);
  };
  try {
    work();
  } finally {
    Math.imul = imul;
  }
  return count;
}

/** ARM and IFCE for every latent; the values are known already. */
function visitAll(model: QuantisedModel): void {
  visitLatents(model, model.grids.map((grid) => grid.slice()), ({ grid, index }) => model.grids[grid][index]);
}

/** IFCE alone. */
function extractAll(model: QuantisedModel): void {
  const { architecture, shape } = model;
  for (const { level, hyper } of latentGrids(architecture, shape)) {
    if (hyper || ifceInputs(architecture, shape, level).length === 0) continue;
    extractFeatures(integerIfce(model, level)!, level, model);
  }
}
