/**
 * What goes along with a training: a search for a target, a time limit, checkpoints. The training itself knows only that
 * its schedule's lambda and number of iterations may change, and that it may begin in the middle.
 */

import type { ImageShape } from "../bitstream/architecture.ts";
import type { QuantisedModel } from "../bitstream/quantised_model.ts";
import type { Executor } from "../kernels/executor.ts";
import {
  CheckpointError,
  checkSameShape,
  checkSameTraining,
  pictureIdentity,
  readCheckpoint,
  type TrainingPosition,
  writeCheckpoint,
} from "./checkpoint.ts";
import type { FitSettings } from "./fit_image.ts";
import type { Image } from "./image.ts";
import { costlyParameters } from "./learned_defaults.ts";
import { evaluationScalars, type ScheduleOptions } from "./schedule.ts";
import { fingerprint } from "./settings_fingerprint.ts";
import { type Outcome, startLambda } from "./target.ts";
import { TargetSearch } from "./target_search.ts";
import { TimeBudget } from "./time_budget.ts";
import { DivergedError, INTERVAL, lossWords, type TrainingMoment } from "./train.ts";
import type { TrainingGraph } from "./training_graph.ts";
import { isFiniteState, readState, writeState } from "./training_state.ts";

/** What the pilot works on. */
export interface PilotOptions {
  readonly image: Image;
  readonly shape: ImageShape;
  readonly settings: FitSettings;
  readonly executor: Executor;
  readonly training: TrainingGraph;
  /** Start of the encode, in milliseconds of `performance.now()`. */
  readonly startedAt: number;
}

/** A plan of fewer iterations than this is worth a warning. */
const FEW_ITERATIONS = 50;

/** What a training does on behalf of the pilot. */
export interface Manoeuvres {
  /** Runs the schedule from iteration `start` on. */
  readonly train: (schedule: ScheduleOptions, start: number) => Promise<void>;
  /** Quantises what the executor holds. */
  readonly quantise: (lambda: number) => Promise<QuantisedModel>;
  /** What the file of a model comes to. */
  readonly measure: (model: QuantisedModel) => Outcome;
}

/**
 * A correction runs a schedule of its own from this share on, for this share of the training's iterations: the farther the
 * miss, the earlier ones, which move latents and networks faster.
 */
const CORRECTIONS = {
  far: { from: 0.1, share: 0.4, least: 30 },
  medium: { from: 0.5, share: 0.12, least: 10 },
  near: { from: 0.75, share: 0.08, least: 10 },
} as const;

/** Whether a training comes to something. */
async function converges(training: Promise<void>): Promise<boolean> {
  try {
    await training;
    return true;
  } catch (error) {
    if (error instanceof DivergedError) return false;
    throw error;
  }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** The pilot of one training. */
export class Pilot {
  /** The training after the warm-up; `lambda` and `iterations` change on the way. */
  readonly schedule: Mutable<ScheduleOptions>;
  /** Iterations of the schedule that a checkpoint has done already. */
  start = 0;
  /** Iterations of the start, coarse or among candidates: the warm-up. */
  warmUp = 0;
  readonly #options: PilotOptions;
  readonly #search: TargetSearch | undefined;
  #budget: TimeBudget | undefined;
  #startedAt: number;
  #savedAt = performance.now();
  #lookedAt = performance.now();
  #done = 0;
  #corrections = 0;

  private constructor(options: PilotOptions) {
    const { settings, shape: { width, height, channels }, training, startedAt } = options;
    const pixels = width * height;
    const { target, seed, iterations } = settings;
    this.#options = options;
    this.#startedAt = startedAt;
    const learned = training.defaults !== undefined;
    const scale = { pixels, parameters: costlyParameters(training.groups, { learned }) };
    this.#search = target && new TargetSearch(target, scale);
    const lambda = startLambda(settings, scale);
    this.schedule = { ...settings, iterations, lambda, seed, channels, pixels };
  }

  /** Looks at the clock and for a checkpoint. The executor holds the picture. */
  static async begin(options: PilotOptions): Promise<Pilot> {
    const pilot = new Pilot(options);
    await pilot.#resume();
    await pilot.#planTime();
    return pilot;
  }

  /** All iterations: warm-up, training and corrections. */
  get iterations(): number {
    return this.warmUp + this.schedule.iterations + this.#corrections;
  }

  /** When the searches after the training have to end, in milliseconds of `performance.now()`. */
  get refineUntil(): number {
    return this.#budget?.writingAt ?? Infinity;
  }

  /** Since the encode began, those of earlier runs of a resumed one included. */
  get #secondsSpent(): number {
    return (performance.now() - this.#startedAt) / 1000;
  }

  /** Sets the warm-up aside from the schedule's iterations. */
  setWarmUp(iterations: number): void {
    this.warmUp = iterations;
    this.schedule.iterations -= iterations;
  }

  /** Called after the warm-up, which tells how fast the machine is. */
  endWarmUp(): void {
    const now = performance.now();
    this.#budget?.observe(this.warmUp, now - this.#lookedAt);
    this.#lookedAt = now;
  }

  /** Called between two parts of the training proper: the schedule may be another afterwards. */
  async onMoment({ iteration }: TrainingMoment): Promise<void> {
    const progress = iteration / this.schedule.iterations;
    // Moments come as fast as the machine is; a search looks at fixed ones, so that its file does not depend on that.
    if (progress < 1 && iteration % INTERVAL === 0 && this.#search?.isDue(progress)) {
      const words = lossWords(await this.#options.executor.evaluate(this.#scalars()), this.schedule);
      this.#setLambda(this.#search.steer(this.schedule.lambda, words, progress));
    }
    this.#replan(iteration);
    const due =
      performance.now() - this.#savedAt > 1000 * (this.#options.settings.checkpoint?.everySeconds ?? Infinity);
    if (due && iteration < this.schedule.iterations) await this.#save(iteration);
  }

  /** Called when the executor has the state that goes into the file. */
  async finish(): Promise<void> {
    await this.#save(this.schedule.iterations);
  }

  /**
   * Quantises; with a target, corrects lambda and goes on training until the file lands on it. A correction that diverges is
   * the last one.
   */
  async land({ train, quantise, measure }: Manoeuvres): Promise<QuantisedModel> {
    if (!this.#search) return await quantise(this.schedule.lambda);
    const { executor, training, settings } = this.#options;
    for (;;) {
      settings.signal?.throwIfAborted();
      const trained = await readState(executor, training);
      const model = await quantise(this.schedule.lambda);
      const next = this.#search.add({ model, lambda: this.schedule.lambda, outcome: measure(model) });
      if (next === undefined) break;
      const { from, share, least } = CORRECTIONS[this.#search.miss];
      const length = Math.max(least, Math.round(share * this.schedule.iterations));
      if (this.#budget?.allows(length) === false) break;
      await writeState(executor, training, trained);
      this.#setLambda(next);
      const iterations = Math.round(length / (1 - from));
      if (!await converges(train({ ...this.schedule, iterations }, iterations - length))) break;
      this.#corrections += length;
    }
    const best = this.#search.best();
    this.schedule.lambda = best.lambda;
    return best.model;
  }

  /**
   * Goes on with another lambda. The distortion keeps its weight: Adam remembers gradients for a thousand iterations, and
   * where these were larger than the new ones nothing would move.
   */
  #setLambda(lambda: number): void {
    this.schedule.lossScale = (this.schedule.lossScale ?? 1) * lambda / this.schedule.lambda;
    this.schedule.lambda = lambda;
  }

  async #resume(): Promise<void> {
    const { settings, image, executor, training } = this.#options;
    const bytes = settings.checkpoint?.load();
    if (!bytes) return;
    const { position, state, ...identity } = readCheckpoint(bytes);
    checkSameTraining(identity, { settings: fingerprint(settings), picture: pictureIdentity(image) });
    checkSameShape(state, training.graph);
    this.start = position.done;
    this.#done = position.done;
    this.warmUp = position.warmUp;
    this.schedule.iterations = position.iterations;
    this.schedule.lambda = position.lambda;
    this.schedule.noiseScale = position.noiseScale;
    this.#search?.skipLooks(position.done / position.iterations);
    this.#startedAt -= 1000 * position.seconds;
    await writeState(executor, training, state);
  }

  async #planTime(): Promise<void> {
    const { settings: { seconds, target }, executor, training, shape } = this.#options;
    if (seconds === undefined) return;
    this.#checkTime(seconds);
    await executor.evaluate(this.#scalars()); // The first pass compiles.
    const start = performance.now();
    await executor.evaluate(this.#scalars());
    this.#budget = new TimeBudget({
      deadline: this.#startedAt + 1000 * seconds,
      evaluation: performance.now() - start,
      parameterGroups: training.groups.length,
      pixels: shape.width * shape.height,
      searches: target !== undefined,
    });
    if (this.start === 0) this.#planIterations(this.#budget.iterationsLeft());
    this.#lookedAt = performance.now();
  }

  /** Throws a `CheckpointError` if a training that is to go on has taken all the time: it would end here, half done. */
  #checkTime(seconds: number): void {
    const spent = this.#secondsSpent;
    if (this.start === 0 || this.start >= this.schedule.iterations || spent < seconds) return;
    const found = `${spent.toFixed(0)} s, with ${this.schedule.iterations - this.start} iterations to go`;
    throw new CheckpointError(
      `expected a checkpoint that took less than ${seconds.toFixed(0)} s, found one of ${found}`,
    );
  }

  #planIterations(count: number): void {
    this.schedule.iterations = Math.max(1, count);
    if (count >= FEW_ITERATIONS) return;
    const { onWarning } = this.#options.settings;
    onWarning?.(`the time is enough for ${this.schedule.iterations} iterations only: the picture will be poor`);
  }

  /** Lets the schedule end when the time does. */
  #replan(done: number): void {
    if (!this.#budget) return;
    const now = performance.now();
    this.#budget.observe(done - this.#done, now - this.#lookedAt);
    this.#done = done;
    this.#lookedAt = now;
    if (done < this.schedule.iterations) this.schedule.iterations = done + this.#budget.iterationsLeft(now);
  }

  async #save(done: number): Promise<void> {
    const { settings, image, executor, training } = this.#options;
    const { checkpoint, onTrained } = settings;
    const finished = done === this.schedule.iterations;
    if (!checkpoint && !(onTrained && finished)) return;
    const position: TrainingPosition = {
      warmUp: this.warmUp,
      iterations: this.schedule.iterations,
      done,
      lambda: this.schedule.lambda,
      noiseScale: this.schedule.noiseScale,
      seconds: this.#secondsSpent,
    };
    const state = await readState(executor, training);
    if (!isFiniteState(state)) return; // The training is about to end; what was saved before is worth more.
    const bytes = writeCheckpoint({
      settings: fingerprint(settings),
      picture: pictureIdentity(image),
      position,
      state,
    });
    checkpoint?.save(bytes);
    if (finished) onTrained?.(bytes);
    this.#savedAt = performance.now();
  }

  #scalars() {
    return evaluationScalars(this.schedule);
  }
}
