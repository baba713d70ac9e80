/** Steers lambda while a picture trains, so that its file lands on a target; corrects it afterwards where it did not. */

import type { QuantisedModel } from "../bitstream/quantised_model.ts";
import type { LossWords } from "./train.ts";
import {
  type EncodeTarget,
  excess,
  isReached,
  networkBytes,
  nextLambda,
  type Outcome,
  remainingDrift,
  type SearchScale,
} from "./target.ts";

/** A look at the model at a share of the training. */
interface Look {
  readonly at: number;
  /** The largest factor by which lambda may change. */
  readonly factor: number;
}

/**
 * When lambda is corrected. The rate follows lambda with a delay of about a tenth of the training, and less and less as
 * latents settle: looking more often, or trusting late looks as much as early ones, made lambda swing; and latents that a too
 * high lambda has emptied do not come back.
 */
const LOOKS: Readonly<Record<EncodeTarget["kind"], readonly Look[]>> = {
  bytes: [
    { at: 0.05, factor: 4 },
    { at: 0.13, factor: 8 },
    { at: 0.35, factor: 2 },
    { at: 0.5, factor: 1.5 },
    { at: 0.65, factor: 1.3 },
    { at: 0.76, factor: 1.2 },
  ],
  // The quality of an early model says little about the last one's; the first look only catches a start far off.
  psnr: [
    { at: 0.1, factor: 4 },
    { at: 0.25, factor: 8 },
    { at: 0.38, factor: 3 },
    { at: 0.5, factor: 2 },
    { at: 0.62, factor: 1.5 },
    { at: 0.74, factor: 1.3 },
  ],
};
/** Share of a correction that is made at once. */
const GAIN = 0.85;
/** Trials after the first file, and the largest factor by which each changes lambda. */
const MAX_CORRECTIONS = 10;
const CORRECTION_FACTOR = 2;
/** Misses that need a long correction, and those that need a gentle one: in ln(bytes), and in dB. */
const FAR: Readonly<Record<EncodeTarget["kind"], number>> = { bytes: 0.08, psnr: 0.35 };
const NEAR: Readonly<Record<EncodeTarget["kind"], number>> = { bytes: 0.04, psnr: 0.2 };

/** A quantised model and what it comes to. */
export interface Trial {
  readonly model: QuantisedModel;
  readonly lambda: number;
  readonly outcome: Outcome;
}

/** One search. */
export class TargetSearch {
  readonly target: EncodeTarget;
  readonly #scale: SearchScale;
  readonly #trials: Trial[] = [];
  #looks = 0;

  constructor(target: EncodeTarget, scale: SearchScale) {
    this.target = target;
    this.#scale = scale;
  }

  /** Whether it is time to look at the model again. */
  isDue(progress: number): boolean {
    return progress >= (this.#nextLook()?.at ?? Infinity);
  }

  /** Takes the looks up to a share of the training as done: a training that is resumed had them. */
  skipLooks(progress: number): void {
    this.#looks = LOOKS[this.target.kind].filter(({ at }) => at <= progress).length;
  }

  /** The lambda to go on with, given what the rounded model comes to at a share of the training when a look is due. */
  steer(lambda: number, words: LossWords, progress: number): number {
    this.skipLooks(progress);
    const { kind } = this.target;
    // A short training is looked at late: then as little is trusted as at that time of any other.
    const { factor } = LOOKS[kind][this.#looks - 1];
    const drift = remainingDrift(kind, progress, words.bpp);
    const latentBytes = words.bpp * this.#scale.pixels / 8 * Math.exp(kind === "bytes" ? drift : 0);
    const outcome = {
      bytes: latentBytes + networkBytes(this.#scale),
      psnrDb: words.psnrDb + (kind === "psnr" ? drift : 0),
    };
    return nextLambda(this.target, this.#scale, { lambda, factor, excess: GAIN * excess(this.target, outcome) });
  }

  /** Takes a finished model; gives the lambda of the next trial, or undefined when the search is over. */
  add(trial: Trial): number | undefined {
    this.#trials.push(trial);
    if (isReached(this.target, trial.outcome) || this.#trials.length > MAX_CORRECTIONS) return undefined;
    const next = nextLambda(this.target, this.#scale, {
      lambda: trial.lambda,
      factor: CORRECTION_FACTOR,
      excess: excess(this.target, trial.outcome),
    });
    // At the end of its range: nothing is left to try.
    return Math.abs(Math.log(next / trial.lambda)) < 1e-4 ? undefined : next;
  }

  /** How much the last trial missed the target by: what its correction has to be. */
  get miss(): "far" | "medium" | "near" {
    const { kind } = this.target;
    const distance = this.#distance(this.#trials.at(-1)!);
    return distance > FAR[kind] ? "far" : distance > NEAR[kind] ? "medium" : "near";
  }

  /** The trial that is nearest to the target, for sizes one that does not exceed it if there is any. */
  best(): Trial {
    const within = this.#trials.filter((trial) => this.#fits(trial));
    return (within.length > 0 ? within : this.#trials).reduce((a, b) => this.#distance(b) < this.#distance(a) ? b : a);
  }

  #nextLook(): Look | undefined {
    return LOOKS[this.target.kind][this.#looks];
  }

  #fits({ outcome }: Trial): boolean {
    return this.target.kind === "psnr" || outcome.bytes <= this.target.bytes;
  }

  #distance({ outcome }: Trial): number {
    return Math.abs(excess(this.target, outcome));
  }
}
