/** What a training back-end does; the CPU (`wasm/`) and the GPU (`wgsl/`) implement it alike. */

import type { LossSums, PlaneId } from "./graph.ts";
import type { ParameterPrior } from "./parameter_optimiser.ts";
import type { Scalars } from "./program.ts";
import type { MatrixFactors } from "./soap.ts";

/** One iteration's settings. */
export interface Step {
  readonly scalars: Scalars;
  /** Learning rate of the latents, before Adam's bias correction. */
  readonly latentRate: number;
  /** Learning rate of the parameters, before Adam's bias correction. */
  readonly parameterRate: number;
  /** Largest L2 norm of the gradient of all parameters together; a longer one is scaled down to it (`clipFactor`). */
  readonly clipNorm: number;
}

/**
 * One image in training on one device: the planes, parameters and optimiser state of a `Graph`.
 *
 * All planes, parameters and optimiser moments start at 0. The optimisers are those of `optimiser.ts`; their step counts
 * run from creation. Calls on one executor are awaited one after the other.
 */
export interface Executor {
  /** The device in words: `cpu (2 threads)` or `gpu (NAME)`. */
  readonly device: string;
  /** Sets a plane, `[height, width]`. Throws a `RangeError` if the length is not the plane's. */
  writePlane(plane: PlaneId, values: Float32Array): Promise<void>;
  /** The plane as the last step or evaluation left it, `[height, width]`. */
  readPlane(plane: PlaneId): Promise<Float32Array>;
  /** Sets all parameters. Throws a `RangeError` if the length is not the graph's `parameterCount`. */
  writeParameters(values: Float32Array): Promise<void>;
  /** All parameters. */
  readParameters(): Promise<Float32Array>;
  /** Sets the prior of the parameters; at the start its weights are 0. */
  writePrior(prior: ParameterPrior): Promise<void>;
  /** Runs the steps in order; returns the loss sums of each step, before its update. */
  train(steps: readonly Step[]): Promise<LossSums[]>;
  /** Loss sums of the rounded latents; changes no latent, parameter or optimiser state. */
  evaluate(scalars: Scalars): Promise<LossSums>;
  /** What the optimiser knows of the gradients of the graph's `matrices`, in their order; zeros before the first step. */
  readFactors(): Promise<readonly MatrixFactors[]>;
  /** Releases the device. The executor is of no use afterwards. */
  close(): void;
}

/** Several planes, read one after the other. */
export async function readPlanes(executor: Executor, planes: readonly PlaneId[]): Promise<Float32Array[]> {
  const values: Float32Array[] = [];
  for (const plane of planes) values.push(await executor.readPlane(plane));
  return values;
}
