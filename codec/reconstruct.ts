/** From a quantised model to its image, on integers: the plain twin, which defines what every faster path computes. */

import type { QuantisedModel } from "../bitstream/quantised_model.ts";
import type { Image } from "./image.ts";
import { fineModel, restore } from "./reconstruct/restoration.ts";
import { synthesise } from "./reconstruct/synthesis.ts";
import { upsample } from "./reconstruct/upsampling.ts";

/** The image of a model. The same on every machine. */
export function reconstruct(model: QuantisedModel): Image {
  const { restoration, bitDepth } = model;
  if (!restoration) return synthesise(model, upsample(model));
  const fine = fineModel(model);
  return restore(synthesise(fine, upsample(fine)), restoration, bitDepth);
}
