/** Keeps the best state of a training: the last one is not always it. */

import type { Executor } from "../kernels/executor.ts";
import { type LatentPlanes, readState, type TrainingState, writeState } from "./training_state.ts";

/** Copies of latents and parameters, by cost. */
export class BestSoFar {
  readonly #executor: Executor;
  readonly #planes: LatentPlanes;
  #best: { readonly cost: number; readonly state: TrainingState } | undefined;
  #lastCost = Infinity;

  constructor(executor: Executor, planes: LatentPlanes) {
    this.#executor = executor;
    this.#planes = planes;
  }

  /** Looks at the state of the executor, which has this cost. */
  async consider(cost: number): Promise<void> {
    this.#lastCost = cost;
    if (this.#best && !(cost < this.#best.cost)) return;
    this.#best = { cost, state: await readState(this.#executor, this.#planes) };
  }

  /** Puts the best state back, unless the last one is it. */
  async restore(): Promise<void> {
    if (!this.#best || this.#lastCost === this.#best.cost) return;
    await writeState(this.#executor, this.#planes, this.#best.state);
  }
}
