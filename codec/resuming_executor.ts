/** An executor that survives the loss of its GPU: it remembers, and goes on where it was on another device. */

import { GpuError } from "../kernels/errors.ts";
import type { Executor, Step } from "../kernels/executor.ts";
import type { Graph, LossSums, PlaneId } from "../kernels/graph.ts";
import type { ParameterPrior } from "../kernels/parameter_optimiser.ts";
import type { Scalars } from "../kernels/program.ts";
import type { MatrixFactors } from "../kernels/soap.ts";
import { readState } from "./training_state.ts";

/** What happens when the first device fails. */
export interface ResumingOptions {
  /** Starts the same graph on another device. */
  readonly fallback: () => Promise<Executor>;
  readonly onFailure: (error: GpuError) => void;
}

/** Time between two copies of the training's state, so that their cost does not show. */
const CHECKPOINT_MILLISECONDS = 5000;

/**
 * Passes everything on to `first` until that throws a `GpuError`; then goes on with the fallback from the last copy of
 * latents and parameters (at most a few seconds old; the optimiser's moments start anew). A failure of the fallback is
 * passed on.
 */
export class ResumingExecutor implements Executor {
  readonly #graph: Graph;
  readonly #options: ResumingOptions;
  #current: Executor;
  #failed = false;
  /** Planes as last written or copied: the picture, and the latents. */
  readonly #planes = new Map<PlaneId, Float32Array>();
  #parameters: Float32Array | undefined;
  #prior: ParameterPrior | undefined;
  /** Scalars of an evaluation that no training followed: planes can be read that it made. */
  #evaluated: Scalars | undefined;
  #copiedAt = performance.now();

  constructor(graph: Graph, first: Executor, options: ResumingOptions) {
    this.#graph = graph;
    this.#current = first;
    this.#options = options;
  }

  get device(): string {
    return this.#current.device;
  }

  async writePlane(plane: PlaneId, values: Float32Array): Promise<void> {
    this.#planes.set(plane, values.slice());
    await this.#attempt((executor) => executor.writePlane(plane, values));
  }

  async readPlane(plane: PlaneId): Promise<Float32Array> {
    return await this.#attempt((executor) => executor.readPlane(plane));
  }

  async writeParameters(values: Float32Array): Promise<void> {
    this.#parameters = values.slice();
    await this.#attempt((executor) => executor.writeParameters(values));
  }

  async readParameters(): Promise<Float32Array> {
    return await this.#attempt((executor) => executor.readParameters());
  }

  async writePrior(prior: ParameterPrior): Promise<void> {
    this.#prior = { centre: prior.centre.slice(), weight: prior.weight.slice(), frozen: prior.frozen.slice() };
    await this.#attempt((executor) => executor.writePrior(prior));
  }

  async train(steps: readonly Step[]): Promise<LossSums[]> {
    this.#evaluated = undefined;
    const losses = await this.#attempt((executor) => executor.train(steps));
    if (!this.#failed && performance.now() - this.#copiedAt > CHECKPOINT_MILLISECONDS) {
      await this.#attempt((executor) => this.#copy(executor));
    }
    return losses;
  }

  async evaluate(scalars: Scalars): Promise<LossSums> {
    const losses = await this.#attempt((executor) => executor.evaluate(scalars));
    this.#evaluated = scalars;
    return losses;
  }

  async readFactors(): Promise<readonly MatrixFactors[]> {
    return await this.#attempt((executor) => executor.readFactors());
  }

  close(): void {
    this.#current.close();
  }

  async #attempt<T>(work: (executor: Executor) => Promise<T>): Promise<T> {
    try {
      return await work(this.#current);
    } catch (error) {
      if (this.#failed || !(error instanceof GpuError)) throw error;
      this.#failed = true;
      this.#options.onFailure(error);
      this.#current.close();
      this.#current = await this.#options.fallback();
      await this.#restore(this.#current);
      return await work(this.#current);
    }
  }

  /** Copies latents and parameters; keeps the old copy if the device fails on the way. */
  async #copy(executor: Executor): Promise<void> {
    const { parameters, latents } = await readState(executor, this.#graph);
    this.#parameters = parameters;
    this.#graph.latents.forEach((plane, i) => this.#planes.set(plane, latents[i]));
    this.#copiedAt = performance.now();
  }

  async #restore(executor: Executor): Promise<void> {
    for (const [plane, values] of this.#planes) await executor.writePlane(plane, values);
    if (this.#prior) await executor.writePrior(this.#prior);
    if (this.#parameters) await executor.writeParameters(this.#parameters);
    if (this.#evaluated) await executor.evaluate(this.#evaluated);
  }
}
