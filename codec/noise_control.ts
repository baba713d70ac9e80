/**
 * Keeps a long training from hiding values in its noise. Networks can learn to read what lies between two integers, which
 * no file holds: then the loss is far lower with the noise of training than it is rounded. More noise drowns that.
 */

import type { Executor } from "../kernels/executor.ts";
import type { LossSums } from "../kernels/graph.ts";
import { lossBits } from "./model_cost.ts";
import { evaluationScalars, NOISE_SCALE_MAX, type ScheduleOptions } from "./schedule.ts";
import { INTERVAL } from "./train.ts";

/** How the noise follows the loss. */
const CONTROL = {
  /** Looks at the rounded loss per training, at most; short trainings have no more than one per interval. */
  looks: 100,
  /** Rounded loss over that with noise, up to which a training gets over it by itself. */
  harmless: 1.05,
  /** A look changes the logarithm of the noise by this much times the ratio's distance from that. */
  gain: 2,
} as const;

/** A loss below this many bits counts as this much: a flat picture may have none at all. */
const LEAST_BITS = 1;

/** What it changes: `noiseScale` alone. */
export type NoisySchedule = ScheduleOptions & { noiseScale?: number | undefined };

/** Goes along with one `train`. */
export class NoiseControl {
  readonly #executor: Executor;
  readonly #schedule: NoisySchedule;
  #sum = 0;
  #count = 0;
  #looks = 0;

  constructor(executor: Executor, schedule: NoisySchedule) {
    this.#executor = executor;
    this.#schedule = schedule;
  }

  /** Before iteration `done`, with the losses of the iterations since the last call. */
  async onInterval(done: number, losses: readonly LossSums[]): Promise<void> {
    const scalars = evaluationScalars(this.#schedule);
    for (const loss of losses) this.#sum += lossBits(loss, scalars);
    this.#count += losses.length;
    const looks = Math.floor(CONTROL.looks * done / this.#schedule.iterations);
    if (this.#count < INTERVAL || looks === this.#looks) return;
    const rounded = lossBits(await this.#executor.evaluate(scalars), scalars);
    this.#follow(rounded / Math.max(LEAST_BITS, this.#sum / this.#count));
    this.#looks = looks;
    this.#sum = this.#count = 0;
  }

  /** More noise while rounding costs much, then less again, never less than the schedule's own. */
  #follow(ratio: number) {
    const { noiseScale = 1 } = this.#schedule;
    const wanted = noiseScale * Math.exp(CONTROL.gain * (ratio - CONTROL.harmless));
    this.#schedule.noiseScale = Math.max(1, Math.min(NOISE_SCALE_MAX, wanted));
  }
}
