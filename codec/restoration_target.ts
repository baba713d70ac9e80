/**
 * Lets a training know that its output will be restored: what it has to match is not the picture, but the picture less what the
 * restoration filter will add. The filter follows the output in steps, and its own derivative is left out.
 */

import {
  FULL_STRENGTH,
  MAX_STRENGTH,
  PAIRS,
  restorationWeights,
  strengthOf,
  STRENGTHS,
  WEIGHT_BITS,
} from "../bitstream/restoration.ts";
import { type Executor, readPlanes } from "../kernels/executor.ts";
import { noiseOf } from "./choose_restoration.ts";
import type { Image } from "./image.ts";
import { channelSamples } from "./load_image.ts";
import { fineDepth, visitDifferences } from "./reconstruct/restoration.ts";
import { siteClasses } from "./reconstruct/site_classes.ts";
import { evaluationScalars, type ScheduleOptions } from "./schedule.ts";
import type { TrainingGraph } from "./training_graph.ts";

/** Steps of a training. */
const LOOKS = 25;
/** Part of the iterations after which the target stays: the best state is looked for by what it costs. */
const LAST_PART = 0.95;
/** Bits that the filter has to save: less is not sure to pay for its chunk. */
const LEAST_BITS = 200;

/** What it needs. */
export interface RestorationTargetOptions {
  readonly training: Pick<TrainingGraph, "image" | "output">;
  readonly image: Image;
  readonly schedule: ScheduleOptions;
}

/** Goes along with one `train`. */
export class RestorationTarget {
  readonly #executor: Executor;
  readonly #options: RestorationTargetOptions;
  readonly #samples: readonly Float32Array[];
  #looks = 0;

  constructor(executor: Executor, options: RestorationTargetOptions) {
    this.#executor = executor;
    this.#options = options;
    this.#samples = Array.from(
      { length: options.image.channels },
      (_, channel) => channelSamples(options.image, channel),
    );
  }

  /** Before iteration `done`. */
  async onInterval(done: number): Promise<void> {
    const { schedule, training, image } = this.#options;
    const progress = done / schedule.iterations;
    const looks = Math.floor(LOOKS * progress);
    if (looks === this.#looks || progress > LAST_PART) return;
    this.#looks = looks;
    await this.#executor.evaluate(evaluationScalars(schedule));
    const output = fineImage(await readPlanes(this.#executor, training.output), image);
    const { corrections, saved } = correctionsFor(output, image);
    const peak = 2 ** output.bitDepth;
    const pays = saved / (peak ** 2 * image.channels * schedule.lambda) > LEAST_BITS;
    for (const [channel, plane] of training.image.entries()) {
      const target = this.#samples[channel].slice();
      for (let site = 0, i = channel; pays && site < target.length; site++, i += image.channels) {
        target[site] -= corrections[i] / peak;
      }
      await this.#executor.writePlane(plane, target);
    }
  }
}

/** Output planes, in units of 2^-bitDepth, as samples that are restored. */
function fineImage(planes: readonly Float32Array[], { width, height, channels, ...image }: Image): Image {
  const bitDepth = fineDepth(image.bitDepth);
  const scale = 2 ** bitDepth;
  const data = new Uint16Array(width * height * channels);
  planes.forEach((plane, channel) => {
    for (let site = 0, i = channel; site < plane.length; site++, i += channels) {
      data[i] = Math.min(Math.max(Math.round(plane[site] * scale), 0), scale - 1);
    }
  });
  return { width, height, channels, bitDepth, data };
}

/** What the filter of the best strengths adds to samples, and by how much that lowers their squared error. */
function correctionsFor(fine: Image, image: Image): { corrections: Float32Array; saved: number } {
  const scale = 2 ** (fine.bitDepth - image.bitDepth);
  const weights = restorationWeights(Array(STRENGTHS).fill(FULL_STRENGTH));
  const classes = siteClasses(fine, noiseOf(fine, image));
  const corrections = new Float32Array(fine.data.length);
  const [products, squares] = [new Float64Array(STRENGTHS), new Float64Array(STRENGTHS)];
  visitDifferences(fine, classes, (differences, siteClass, i) => {
    let sum = 0;
    for (let pair = 0; pair < PAIRS; pair++) sum += weights[siteClass * PAIRS + pair] * differences[pair];
    const [group, correction] = [strengthOf(siteClass), sum / 2 ** WEIGHT_BITS];
    corrections[i] = correction;
    products[group] += correction * (image.data[i] * scale - fine.data[i]);
    squares[group] += correction ** 2;
  });
  const strengths = products.map((product, group) =>
    Math.min(Math.max(product / Math.max(squares[group], 1e-9), 0), MAX_STRENGTH / FULL_STRENGTH)
  );
  for (let site = 0, i = 0; site < classes.length; site++) {
    const strength = strengths[strengthOf(classes[site])];
    for (let channel = 0; channel < fine.channels; channel++) corrections[i++] *= strength;
  }
  const saved = strengths.reduce((sum, s, group) => sum + s * (2 * products[group] - s * squares[group]), 0);
  return { corrections, saved };
}
