/** The executor of the reference back-end: whole training steps in float64. For tests. */

import type { Executor, Step } from "../executor.ts";
import type { Graph, LossSums, PlaneId } from "../graph.ts";
import { type AdamConstants, type AdamMoments, adamStep, adamStepSize, LATENT_ADAM } from "../optimiser.ts";
import { ParameterOptimiser, type ParameterPrior } from "../parameter_optimiser.ts";
import type { Scalars } from "../program.ts";
import type { MatrixFactors } from "../soap.ts";
import { evaluateReference, runReference } from "./reference.ts";
import { createReferenceState, type ReferenceState } from "./state.ts";

/** Trains a graph in float64, site by site: exact, and thousands of times slower than the others. */
export class ReferenceExecutor implements Executor {
  readonly device = "reference";
  /** The numbers of the graph, open to tests. */
  readonly state: ReferenceState;
  readonly #graph: Graph;
  readonly #parameters: ParameterOptimiser;
  #prior: ParameterPrior;
  readonly #latents: readonly Optimised[];

  constructor(graph: Graph) {
    this.#graph = graph;
    this.state = createReferenceState(graph);
    const { values, gradients } = this.state;
    const { parameterCount, matrices } = graph;
    this.#parameters = new ParameterOptimiser(parameterCount, matrices);
    const zeros = () => new Float64Array(parameterCount);
    this.#prior = { centre: zeros(), weight: zeros(), frozen: zeros() };
    this.#latents = graph.latents.map((plane) => new Optimised(LATENT_ADAM, values[plane], gradients[plane]));
  }

  writePlane(plane: PlaneId, values: Float32Array): Promise<void> {
    this.state.values[plane].set(values);
    return Promise.resolve();
  }

  readPlane(plane: PlaneId): Promise<Float32Array> {
    return Promise.resolve(Float32Array.from(this.state.values[plane]));
  }

  writeParameters(values: Float32Array): Promise<void> {
    this.state.parameters.set(values);
    return Promise.resolve();
  }

  readParameters(): Promise<Float32Array> {
    return Promise.resolve(Float32Array.from(this.state.parameters));
  }

  writePrior({ centre, weight, frozen }: ParameterPrior): Promise<void> {
    this.#prior = {
      centre: Float64Array.from(centre),
      weight: Float64Array.from(weight),
      frozen: Float64Array.from(frozen),
    };
    return Promise.resolve();
  }

  train(steps: readonly Step[]): Promise<LossSums[]> {
    return Promise.resolve(steps.map((step) => this.#step(step)));
  }

  evaluate(scalars: Scalars): Promise<LossSums> {
    return Promise.resolve(evaluateReference(this.#graph, this.state, { scalars, soft: false }));
  }

  readFactors(): Promise<readonly MatrixFactors[]> {
    return Promise.resolve(this.#parameters.factors());
  }

  close(): void {}

  #step({ scalars, latentRate, parameterRate, clipNorm }: Step): LossSums {
    const sums = runReference(this.#graph, this.state, scalars, { soft: true });
    const { parameters, dParameters } = this.state;
    this.#parameters.update(parameters, dParameters, { rate: parameterRate, clipNorm, prior: this.#prior });
    for (const latents of this.#latents) latents.update(latentRate);
    return sums;
  }
}

/** Values with their gradient and Adam state. */
class Optimised {
  readonly #constants: AdamConstants;
  readonly #values: Float64Array;
  readonly #gradient: Float64Array;
  readonly #moments: AdamMoments;
  #count = 0;

  constructor(constants: AdamConstants, values: Float64Array, gradient: Float64Array) {
    this.#constants = constants;
    this.#values = values;
    this.#gradient = gradient;
    this.#moments = { first: new Float64Array(values.length), second: new Float64Array(values.length) };
  }

  update(rate: number): void {
    const stepSize = adamStepSize(this.#constants, rate, ++this.#count);
    adamStep(this.#values, this.#moments, {
      constants: this.#constants,
      stepSize,
      gradient: this.#gradient,
      gradientFactor: 1,
    });
  }
}
