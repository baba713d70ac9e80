/** Tells how far an encode's training is: its start, the training proper and corrections count as one. */

import type { EncodeOptions } from "./options.ts";
import type { TrainingMoment } from "./train.ts";

/** Where a part of the training stands in the whole. */
export interface PartOfTraining {
  /** Iterations before those that the part counts. */
  readonly before: number;
  /** Iterations of all parts, as far as they are known. */
  readonly iterations: number;
}

/** The progress of one encode. */
export class TrainingProgress {
  readonly #tell: EncodeOptions["onProgress"];
  readonly #startedAt = performance.now();
  readonly #resumed: number;

  /** `resumed`: iterations that were made before this process. */
  constructor(tell: EncodeOptions["onProgress"], resumed: number) {
    this.#tell = tell;
    this.#resumed = resumed;
  }

  /** Tells a moment of a part. */
  report(moment: TrainingMoment, { before, iterations }: PartOfTraining): void {
    const iteration = before + moment.iteration;
    const perIteration = (performance.now() - this.#startedAt) / 1000 / (iteration - this.#resumed);
    const secondsLeft = perIteration * (iterations - iteration);
    this.#tell?.({ ...moment, stage: "training", iteration, iterations, secondsLeft });
  }
}
