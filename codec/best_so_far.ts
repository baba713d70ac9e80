/** Keeps the best state of a training: the last one is not always it. */

import type { Executor } from "../kernels/executor.ts";
import type { PlaneId } from "../kernels/graph.ts";

interface Snapshot {
  readonly cost: number;
  readonly parameters: Float32Array;
  readonly latents: readonly Float32Array[];
}

/** Copies of latents and parameters, by cost. */
export class BestSoFar {
  readonly #executor: Executor;
  readonly #latents: readonly PlaneId[];
  #best: Snapshot | undefined;
  #lastCost = Infinity;

  /** @param latents The planes that belong to a state beside the parameters. */
  constructor(executor: Executor, latents: readonly PlaneId[]) {
    this.#executor = executor;
    this.#latents = latents;
  }

  /** Looks at the state of the executor, which has this cost. */
  async consider(cost: number): Promise<void> {
    this.#lastCost = cost;
    if (this.#best && !(cost < this.#best.cost)) return;
    const parameters = await this.#executor.readParameters();
    const latents: Float32Array[] = [];
    for (const plane of this.#latents) latents.push(await this.#executor.readPlane(plane));
    this.#best = { cost, parameters, latents };
  }

  /** Puts the best state back, unless the last one is it. */
  async restore(): Promise<void> {
    if (!this.#best || this.#lastCost === this.#best.cost) return;
    await this.#executor.writeParameters(this.#best.parameters);
    for (const [i, plane] of this.#latents.entries()) await this.#executor.writePlane(plane, this.#best.latents[i]);
  }
}
