/** A training that ends in time: how many iterations fit, estimated anew while it runs. */

/** What has to fit. */
export interface TimeBudgetOptions {
  /** When everything has to be done, in milliseconds of `performance.now()`. */
  readonly deadline: number;
  /** Time of one evaluation (a forward pass) in milliseconds. */
  readonly evaluation: number;
  readonly parameterGroups: number;
  readonly pixels: number;
  /** A search for a target takes some of the time after the training. */
  readonly searches: boolean;
}

/** An iteration takes about so many evaluations (measured: 2.6 to 3.3). */
const EVALUATIONS_PER_ITERATION = 3.2;
/** Evaluations of the search for quantisation steps, per group of parameters: more than were ever counted (7). */
const EVALUATIONS_PER_GROUP = 10;
/** Writing the file and decoding it once for its report: a start, and milliseconds per pixel (measured: 0.0002). */
const WRITING = { start: 150, perPixel: 5e-4 } as const;
/** Share of the time left that is planned for. */
const CAUTION = 0.95;
/** Share of the time that is kept for what a search for a target trains afterwards. */
const SEARCH_SHARE = 0.35;

/** Plans the iterations of one training. */
export class TimeBudget {
  readonly #options: TimeBudgetOptions;
  /** Milliseconds kept for a search: a share of the time left now, not of what is left later. */
  readonly #searching: number;
  /** Milliseconds per iteration, a moving average. */
  #pace: number;

  constructor(options: TimeBudgetOptions, now = performance.now()) {
    this.#options = options;
    this.#searching = options.searches ? SEARCH_SHARE * (options.deadline - now) : 0;
    this.#pace = EVALUATIONS_PER_ITERATION * options.evaluation;
  }

  /** Milliseconds to keep for quantising and writing. */
  get finishing(): number {
    const { parameterGroups } = this.#options;
    // Where the machine has become slower since the start, evaluations have too.
    const evaluation = Math.max(this.#options.evaluation, this.#pace / EVALUATIONS_PER_ITERATION);
    return EVALUATIONS_PER_GROUP * parameterGroups * evaluation + this.#writing;
  }

  /** When the file has to be written, in milliseconds of `performance.now()`. */
  get writingAt(): number {
    return this.#options.deadline - this.#writing;
  }

  /** Milliseconds that writing takes. */
  get #writing(): number {
    return WRITING.start + WRITING.perPixel * this.#options.pixels;
  }

  /** Tells how long the last iterations took, all that was done between them included. */
  observe(iterations: number, milliseconds: number): void {
    // Long chunks count more: the first ones are short and slow.
    const weight = Math.min(0.5, milliseconds / 2000);
    this.#pace += weight * (milliseconds / iterations - this.#pace);
  }

  /** Iterations that still fit; 0 when time is up. */
  iterationsLeft(now = performance.now()): number {
    const left = (this.#options.deadline - now - this.finishing - this.#searching) * CAUTION;
    return Math.max(0, Math.floor(left / this.#pace));
  }

  /** Whether there is time to train so many iterations more, and to quantise and write once again. */
  allows(iterations: number, now = performance.now()): boolean {
    return now + iterations * this.#pace + this.finishing <= this.#options.deadline;
  }
}
