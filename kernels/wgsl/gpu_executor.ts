/** The GPU back-end: a `GpuTrainer` in a worker of its own. */

import type { Executor, Step } from "../executor.ts";
import { GpuError } from "../errors.ts";
import type { Graph, LossSums, PlaneId } from "../graph.ts";
import type { ParameterPrior } from "../parameter_optimiser.ts";
import type { Scalars } from "../program.ts";
import type { MatrixFactors } from "../soap.ts";
import type { GpuChoices } from "./gpu_trainer.ts";
import type { GpuReply, GpuRequest } from "./worker.ts";

/**
 * Starts a graph on the GPU. Throws a `GpuError` if there is no GPU (a driver that computes on the CPU is none, unless
 * `allowSoftware`), if it has not enough memory or too small limits, or if it refuses a shader; the methods of the executor
 * throw one if the device is lost.
 */
export async function createGpuExecutor(graph: Graph, choices: GpuChoices = {}): Promise<Executor> {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  try {
    const device = await ask<string>(worker, { kind: "start", graph, choices });
    return new GpuExecutor(worker, device);
  } catch (error) {
    worker.terminate();
    throw error;
  }
}

class GpuExecutor implements Executor {
  readonly device: string;
  readonly #worker: Worker;
  /** Settled once the worker has answered all requests so far. */
  #idle: Promise<unknown> = Promise.resolve();

  constructor(worker: Worker, device: string) {
    this.#worker = worker;
    this.device = device;
  }

  writePlane(plane: PlaneId, values: Float32Array): Promise<void> {
    return this.#ask({ kind: "writePlane", plane, values });
  }

  readPlane(plane: PlaneId): Promise<Float32Array> {
    return this.#ask({ kind: "readPlane", plane });
  }

  writeParameters(values: Float32Array): Promise<void> {
    return this.#ask({ kind: "writeParameters", values });
  }

  readParameters(): Promise<Float32Array> {
    return this.#ask({ kind: "readParameters" });
  }

  writePrior(prior: ParameterPrior): Promise<void> {
    return this.#ask({ kind: "writePrior", prior });
  }

  train(steps: readonly Step[]): Promise<LossSums[]> {
    return this.#ask({ kind: "train", steps });
  }

  evaluate(scalars: Scalars): Promise<LossSums> {
    return this.#ask({ kind: "evaluate", scalars });
  }

  readFactors(): Promise<readonly MatrixFactors[]> {
    return this.#ask({ kind: "readFactors" });
  }

  close(): void {
    this.#worker.terminate();
  }

  /** Asks the worker once it has answered what it was asked before. */
  #ask<T>(request: GpuRequest): Promise<T> {
    const answer = this.#idle.then(() => ask<T>(this.#worker, request));
    this.#idle = answer.catch(() => {});
    return answer;
  }
}

/** Sends a request to an idle worker and waits for its answer. */
async function ask<T>(worker: Worker, request: GpuRequest): Promise<T> {
  const reply = Promise.withResolvers<GpuReply>();
  worker.onmessage = ({ data }: MessageEvent<GpuReply>) => reply.resolve(data);
  worker.onerror = (event) => {
    event.preventDefault();
    reply.reject(new GpuError(`Cannot go on: the GPU worker failed: ${event.message}`));
  };
  worker.postMessage(request);
  const answer = await reply.promise;
  if (answer.kind === "done") return answer.result as T;
  throw errorNamed(answer.error, answer.message);
}

/** Rebuilds the error of the other thread: its class tells the caller who must act. */
function errorNamed(name: string, message: string): Error {
  if (name === "GpuError") return new GpuError(message);
  return name === "RangeError" ? new RangeError(message) : new Error(message);
}
