/**
 * The restoration filter: corrects each sample by twelve neighbours with weights that follow what the picture is like there,
 * which takes away some of the noise that rounded latents leave along edges. The weights are learned and the same for all
 * pictures; a file says how strong they are. Normative: FORMAT.md, section 8.3.
 */

import { PAIRS, type Restoration, restorationWeights, WEIGHT_BITS } from "../../bitstream/restoration.ts";
import type { QuantisedModel } from "../../bitstream/quantised_model.ts";
import { type Image, newSamples } from "../image.ts";
import { siteClasses } from "./site_classes.ts";

/** Bits of a sample beyond those of the picture, up to 16 in all, where it is to be restored: it is rounded once. */
const FINE_BITS = 4;
/** Rows on each side of one that its restored samples depend on. */
export const RESTORATION_REACH = 2;

/** Bits of a sample before restoration, for a picture of so many. */
export function fineDepth(bitDepth: number): number {
  return Math.min(bitDepth + FINE_BITS, 16);
}

/** A model whose samples are as fine as restoration takes them. */
export function fineModel(model: QuantisedModel): QuantisedModel {
  return { ...model, bitDepth: fineDepth(model.bitDepth), restoration: undefined };
}

/** The picture of `bitDepth` bits per sample that fine samples are restored to. */
export function restore(fine: Image, { noise, strengths }: Restoration, bitDepth: number): Image {
  const { width, height, channels, data } = fine;
  const weights = restorationWeights(strengths);
  const shift = WEIGHT_BITS + fine.bitDepth - bitDepth;
  const [half, maxSample] = [1 << (shift - 1), (1 << bitDepth) - 1];
  const samples = newSamples(data.length, bitDepth);
  visitDifferences(fine, siteClasses(fine, noise), (differences, siteClass, i) => {
    let sum = (data[i] << WEIGHT_BITS) + half;
    for (let pair = 0; pair < PAIRS; pair++) sum += Math.imul(weights[siteClass * PAIRS + pair], differences[pair]);
    samples[i] = Math.min(Math.max(sum >> shift, 0), maxSample);
  });
  return { width, height, channels, bitDepth, data: samples };
}

/**
 * Visits all samples in order with what the neighbours of each pair differ from it by, both together, in the order of
 * `restorationWeights`; the picture continues by its border. The differences are valid during the visit only.
 */
export function visitDifferences(
  { width, height, channels, data }: Image,
  classes: Uint16Array,
  visit: (differences: Int32Array, siteClass: number, index: number) => void,
): void {
  const differences = new Int32Array(PAIRS);
  const stride = width * channels;
  for (let y = 0, site = 0, i = 0; y < height; y++) {
    const up2 = (Math.max(y - 2, 0) - y) * stride;
    const up = y > 0 ? -stride : 0;
    const down = y < height - 1 ? stride : 0;
    const down2 = (Math.min(y + 2, height - 1) - y) * stride;
    for (let x = 0; x < width; x++, site++) {
      const left2 = (Math.max(x - 2, 0) - x) * channels;
      const left = x > 0 ? -channels : 0;
      const right = x < width - 1 ? channels : 0;
      const right2 = (Math.min(x + 2, width - 1) - x) * channels;
      for (let channel = 0; channel < channels; channel++, i++) {
        const twice = 2 * data[i];
        differences[0] = data[i + left] + data[i + right] - twice;
        differences[1] = data[i + left2] + data[i + right2] - twice;
        differences[2] = data[i + up] + data[i + down] - twice;
        differences[3] = data[i + up2] + data[i + down2] - twice;
        differences[4] = data[i + down + left] + data[i + up + right] - twice;
        differences[5] = data[i + up + left] + data[i + down + right] - twice;
        visit(differences, classes[site], i);
      }
    }
  }
}
