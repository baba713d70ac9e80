/** How strong the restoration filter of a picture is, and whether it has one at all. */

import {
  FULL_STRENGTH,
  MAX_NOISE,
  MAX_STRENGTH,
  type Restoration,
  restorationExtension,
  STRENGTHS,
} from "../bitstream/restoration.ts";
import type { QuantisedModel } from "../bitstream/quantised_model.ts";
import type { Image } from "./image.ts";
import type { IntegerBackend } from "./integer_backend.ts";
import { meanSquaredError } from "./metrics.ts";
import { squaredErrorBits } from "./model_cost.ts";
import { fineModel } from "./reconstruct/restoration.ts";

/** Multiples of the measured noise that are tried. */
const NOISE_FACTORS = [1, 1.4];
/** The id, the length, and the number of chunks, which a file without any lacks. */
const CHUNK_OVERHEAD_BYTES = 3;

/** What the choice needs. */
export interface RestorationOptions {
  readonly lambda: number;
  readonly backend: Pick<IntegerBackend, "reconstruct" | "restore">;
}

/** The filter that lowers the cost of a model; `undefined` if there is none. That of the model itself is not looked at. */
export function chooseRestoration(
  model: QuantisedModel,
  image: Image,
  { lambda, backend }: RestorationOptions,
): Restoration | undefined {
  const fine = backend.reconstruct(fineModel(model));
  const errorOf = (restoration: Restoration) =>
    meanSquaredError(image, backend.restore(fine, restoration, image.bitDepth));
  const measured = noiseOf(fine, image);
  const trials = NOISE_FACTORS.map((factor) => bestStrengths(limited(Math.round(factor * measured)), errorOf));
  const { restoration, error } = trials.reduce((best, trial) => trial.error < best.error ? trial : best);
  const without = meanSquaredError(image, backend.reconstruct({ ...model, restoration: undefined }));
  const bits = (without - error) * image.data.length * squaredErrorBits(image, lambda);
  const cost = 8 * (restorationExtension(restoration).data.length + CHUNK_OVERHEAD_BYTES);
  return bits > cost ? restoration : undefined;
}

/** A filter and the error that it leaves. */
interface Trial {
  readonly restoration: Restoration;
  readonly error: number;
}

/** Strengths that leave little error, chosen one after the other. */
function bestStrengths(noise: number, errorOf: (restoration: Restoration) => number): Trial {
  const trialOf = (restoration: Restoration): Trial => ({ restoration, error: errorOf(restoration) });
  let best = trialOf({ noise, strengths: Array(STRENGTHS).fill(FULL_STRENGTH) });
  for (let group = 0; group < STRENGTHS; group++) {
    for (let strength = 0; strength <= MAX_STRENGTH; strength++) {
      if (strength === FULL_STRENGTH) continue;
      const trial = trialOf({ noise, strengths: best.restoration.strengths.with(group, strength) });
      if (trial.error < best.error) best = trial;
    }
  }
  return best;
}

/** The noise of fine samples: root of the mean squared error in quarters of an 8-bit step, within the range of the field. */
export function noiseOf(fine: Image, { bitDepth, data }: Image): number {
  const scale = 2 ** (fine.bitDepth - bitDepth);
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += (data[i] * scale - fine.data[i]) ** 2;
  const steps = Math.sqrt(sum / data.length) / 2 ** (fine.bitDepth - 8);
  return limited(Math.round(4 * steps));
}

/** The nearest value of the noise's field. */
function limited(noise: number): number {
  return Math.min(Math.max(noise, 1), MAX_NOISE);
}
