/** From a quantised model to its image, on integers: the plain twin, which defines what every faster path computes. */

import type { QuantisedModel } from "../bitstream/quantised_model.ts";
import type { Image } from "./image.ts";
import { synthesise } from "./reconstruct/synthesis.ts";
import { upsample } from "./reconstruct/upsampling.ts";

/** The image of a model. The same on every machine. */
export function reconstruct(model: QuantisedModel): Image {
  return synthesise(model, upsample(model));
}
