/**
 * What happens to the networks while they train: their bits enter the objective, and towards the end one group of parameters
 * after the other is quantised and frozen, while the others and the latents go on learning around it.
 */

import type { Executor } from "../kernels/executor.ts";
import type { LossSums } from "../kernels/graph.ts";
import { BestSoFar } from "./best_so_far.ts";
import type { Image } from "./image.ts";
import { lossBits, networkBits } from "./model_cost.ts";
import { NoiseControl, type NoisySchedule } from "./noise_control.ts";
import { type Ingredient, omits } from "./options.ts";
import { priorAt } from "./parameter_prior.ts";
import { quantiseParameters } from "./quantise_parameters.ts";
import { RestorationTarget } from "./restoration_target.ts";
import { evaluationScalars, frozenGroups } from "./schedule.ts";
import { train, type TrainingHooks } from "./train.ts";
import type { TrainingGraph } from "./training_graph.ts";

/**
 * Share of what rounding costs that lasts: the groups that still learn, and the latents, make good for the rest. So steps are
 * coarser than a single look would make them.
 */
const LASTING = 0.6;

/** What it works on. */
export interface NetworkTrainingOptions {
  readonly training: TrainingGraph;
  /** Its lambda, noise and number of iterations may change on the way. */
  readonly schedule: NoisySchedule;
  readonly without?: readonly Ingredient[];
  readonly signal?: AbortSignal | undefined;
}

/**
 * `train` from iteration `start` on, with the networks' part in it and the noise under control; afterwards the executor has
 * the best state.
 */
export async function trainWithNetworks(
  executor: Executor,
  options: NetworkTrainingOptions & Pick<TrainingHooks, "onMoment"> & { readonly image: Image },
  start: number,
): Promise<void> {
  const { schedule, signal, onMoment } = options;
  const networks = new NetworkTraining(executor, options);
  const target = omits(options, "restoration") ? undefined : new RestorationTarget(executor, options);
  const noise = omits(options, "noiseControl") ? undefined : new NoiseControl(executor, schedule);
  const onInterval = async (iteration: number, losses: readonly LossSums[]) => {
    await target?.onInterval(iteration);
    await noise?.onInterval(iteration, losses);
    await networks.onInterval(iteration);
  };
  await train(executor, schedule, { signal, onInterval, ...onMoment && { onMoment } }, start);
  await networks.finish();
}

/** Goes along with one `train`. */
export class NetworkTraining {
  readonly #executor: Executor;
  readonly #options: NetworkTrainingOptions;
  readonly #stepBits: number[] = [];
  #best: { readonly states: BestSoFar; readonly lambda: number } | undefined;

  constructor(executor: Executor, options: NetworkTrainingOptions) {
    this.#executor = executor;
    this.#options = options;
  }

  /** Before iteration `done`, at the trainer's intervals: adapts the prior; in time, freezes groups. */
  async onInterval(done: number): Promise<void> {
    const { training: { groups, defaults }, schedule } = this.#options;
    if (this.#isFrozen) await this.#considerState();
    else if (!omits(this.#options, "gradualQuantisation")) {
      await this.#freeze(frozenGroups(done, schedule.iterations, groups.length));
    }
    const parameters = await this.#executor.readParameters();
    const { lossScale = 1 } = schedule;
    const scale = omits(this.#options, "networkPrior") ? 0 : lossScale;
    await this.#executor.writePrior(priorAt(groups, parameters, { scale, defaults, frozen: this.#stepBits.length }));
  }

  /** After the last iteration: brings back the best state of the quantised networks. */
  async finish(): Promise<void> {
    if (!this.#isFrozen) return;
    await this.#considerState();
    await this.#best?.states.restore();
  }

  /** Step exponents of the frozen groups: the first ones. */
  get stepBits(): readonly number[] {
    return this.#stepBits;
  }

  get #isFrozen(): boolean {
    return this.#stepBits.length === this.#options.training.groups.length;
  }

  /** Quantises further groups, so that `count` are frozen. */
  async #freeze(count: number): Promise<void> {
    const { training: { groups, defaults }, schedule, signal } = this.#options;
    const cancelling = !omits(this.#options, "errorCancelling");
    const lasting = cancelling ? LASTING : 1;
    const options = { scalars: evaluationScalars(schedule), defaults, cancelling, lasting, signal };
    while (this.#stepBits.length < count) {
      const group = groups[this.#stepBits.length];
      const { stepBits } = await quantiseParameters(this.#executor, [group], options);
      this.#stepBits.push(stepBits[0]);
    }
  }

  /** Costs compare only under one lambda: with another one the best state is the present one. */
  async #considerState(): Promise<void> {
    const { training, schedule } = this.#options;
    const { lambda } = schedule;
    if (this.#best?.lambda !== lambda) this.#best = { states: new BestSoFar(this.#executor, training), lambda };
    const scalars = evaluationScalars(schedule);
    const loss = lossBits(await this.#executor.evaluate(scalars), scalars);
    const { groups, defaults } = training;
    const parameters = await this.#executor.readParameters();
    await this.#best.states.consider(loss + networkBits(groups, parameters, this.#stepBits, defaults));
  }
}
