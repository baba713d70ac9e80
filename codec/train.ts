/** Fits latents and networks to one image. */

import type { Executor } from "../kernels/executor.ts";
import type { LossSums } from "../kernels/graph.ts";
import { FULL_SCALE_SQUARED, type ScheduleOptions, trainingStep } from "./schedule.ts";

/** Loss sums per pixel, as users read them. */
export interface LossWords {
  /** Latent bits per pixel. */
  readonly bpp: number;
  readonly psnrDb: number;
}

/** A moment of the training. */
export interface TrainingMoment extends LossWords {
  /** Iterations done. */
  readonly iteration: number;
  readonly iterationsPerSecond: number;
}

/** What the trainer tells and obeys. */
export interface TrainingHooks {
  /** Training waits for it; it may change the schedule's lambda and number of iterations. */
  readonly onMoment?: (moment: TrainingMoment) => unknown;
  readonly signal?: AbortSignal | undefined;
  /**
   * Called, and waited for, before the first iteration and then before every `INTERVAL`-th, with the losses of those since
   * the call before; it may change the schedule's noise.
   */
  readonly onInterval?: (iteration: number, losses: readonly LossSums[]) => Promise<void>;
}

/** A training that came to nothing: its loss is not finite. Another seed may do better. */
export class DivergedError extends Error {}

/** Time between two moments: long enough for a device to stay busy, short enough to feel alive. */
const CHUNK_SECONDS = 0.4;
/** Iterations between two looks at the training: a fixed number, so that the file does not depend on the machine's speed. */
export const INTERVAL = 20;
/** Moments of one training, at least: a small picture is done within a few chunks. */
const LEAST_CHUNKS = 50;

/**
 * Runs all iterations of the schedule, or those from `start` on. The executor holds the image and the first parameters;
 * afterwards it holds the trained ones. Throws a `DivergedError` if the loss is no longer finite, and the signal's reason
 * if aborted.
 */
export async function train(
  executor: Executor,
  schedule: ScheduleOptions,
  hooks: TrainingHooks,
  start = 0,
): Promise<void> {
  let chunk = 4;
  let recent: LossSums[] = [];
  for (let done = start; done < schedule.iterations;) {
    hooks.signal?.throwIfAborted();
    if (done === start || done % INTERVAL === 0) {
      await hooks.onInterval?.(done, recent);
      recent = [];
    }
    const count = Math.min(
      ...[chunk, schedule.iterations - done, INTERVAL - done % INTERVAL],
      Math.ceil(schedule.iterations / LEAST_CHUNKS),
    );
    const startedAt = performance.now();
    const losses = await executor.train(Array.from({ length: count }, (_, i) => trainingStep(done + i, schedule)));
    const seconds = (performance.now() - startedAt) / 1000;
    done += count;
    recent.push(...losses);
    const words = lossWords(losses.at(-1)!, schedule);
    if (!Number.isFinite(words.bpp + words.psnrDb)) {
      throw new DivergedError(`Cannot train: the loss is not finite any more at iteration ${done}`);
    }
    await hooks.onMoment?.({ ...words, iteration: done, iterationsPerSecond: count / seconds });
    chunk = Math.max(1, Math.min(2 * chunk, Math.round(count * CHUNK_SECONDS / seconds)));
  }
  hooks.signal?.throwIfAborted();
}

/** Bits per pixel and PSNR of loss sums. */
export function lossWords(loss: LossSums, { pixels, channels }: { pixels: number; channels: number }): LossWords {
  const meanSquaredError = loss.squaredError * FULL_SCALE_SQUARED / (pixels * channels);
  return { bpp: loss.bits / pixels, psnrDb: -10 * Math.log10(Math.max(meanSquaredError, 1e-12)) };
}
