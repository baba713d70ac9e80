/** The CPU back-end: one worker per thread on shared memory. */

import type { Executor, Step } from "../executor.ts";
import type { Graph, LossSums, PlaneId } from "../graph.ts";
import type { ParameterPrior } from "../parameter_optimiser.ts";
import type { Scalars } from "../program.ts";
import type { MatrixFactors } from "../soap.ts";
import { CONTROL_WORDS } from "./barrier.ts";
import { MAX_THREADS } from "./max_threads.ts";
import { type PlaneView, readPlane, writePlane } from "./plane_access.ts";
import { compileSchedule, type Schedule } from "./schedule.ts";
import type { WorkerReply, WorkerRequest } from "./worker.ts";

/** Starts a graph on the CPU. `threads` 0 stands for one per core, `MAX_THREADS` at most. */
export async function createCpuExecutor(graph: Graph, threads = 0): Promise<Executor> {
  const count = Math.min(MAX_THREADS, threads || navigator.hardwareConcurrency || 1);
  const schedule = compileSchedule(graph, count);
  const executor = new CpuExecutor(graph, schedule, count);
  await executor.start();
  return executor;
}

class CpuExecutor implements Executor {
  readonly device: string;
  readonly #graph: Graph;
  readonly #schedule: Schedule;
  readonly #memory: WebAssembly.Memory;
  readonly #floats: Float32Array;
  readonly #workers: Worker[];

  constructor(graph: Graph, schedule: Schedule, threads: number) {
    this.device = `cpu (${threads} ${threads === 1 ? "thread" : "threads"})`;
    this.#graph = graph;
    this.#schedule = schedule;
    this.#memory = allocate(schedule.pages);
    this.#floats = new Float32Array(this.#memory.buffer);
    for (const [address, words] of schedule.tables) new Int32Array(this.#memory.buffer, address).set(words);
    const url = new URL("./worker.ts", import.meta.url);
    this.#workers = Array.from({ length: threads }, () => new Worker(url, { type: "module" }));
  }

  async start(): Promise<void> {
    const control = new Int32Array(new SharedArrayBuffer(4 * CONTROL_WORDS));
    await this.#ask((thread) => ({
      kind: "start",
      start: {
        schedule: { ...this.#schedule, tables: new Map() },
        memory: this.#memory,
        control,
        thread,
        threads: this.#workers.length,
        parameterCount: this.#graph.parameterCount,
        matrices: this.#graph.matrices,
      },
    }));
  }

  writePlane(plane: PlaneId, values: Float32Array): Promise<void> {
    writePlane(this.#view(plane), values, this.#schedule.replicate.has(plane));
    return Promise.resolve();
  }

  readPlane(plane: PlaneId): Promise<Float32Array> {
    return Promise.resolve(readPlane(this.#view(plane)));
  }

  writeParameters(values: Float32Array): Promise<void> {
    const { parameterCount } = this.#graph;
    if (values.length !== parameterCount) {
      throw new RangeError(`Cannot write parameters: expected ${parameterCount}, received ${values.length}`);
    }
    this.#floats.set(values, this.#schedule.map.parameters / 4);
    return Promise.resolve();
  }

  readParameters(): Promise<Float32Array> {
    const start = this.#schedule.map.parameters / 4;
    return Promise.resolve(new Float32Array(this.#floats.subarray(start, start + this.#graph.parameterCount)));
  }

  writePrior({ centre, weight, frozen }: ParameterPrior): Promise<void> {
    const { priorCentre, priorWeight, priorFrozen } = this.#schedule.map;
    this.#floats.set(centre, priorCentre / 4);
    this.#floats.set(weight, priorWeight / 4);
    this.#floats.set(frozen, priorFrozen / 4);
    return Promise.resolve();
  }

  async train(steps: readonly Step[]): Promise<LossSums[]> {
    return await this.#losses({ kind: "train", steps });
  }

  async evaluate(scalars: Scalars): Promise<LossSums> {
    const [loss] = await this.#losses({ kind: "evaluate", scalars });
    return loss;
  }

  async readFactors(): Promise<readonly MatrixFactors[]> {
    const answer = await this.#ask(() => ({ kind: "factors" }));
    return answer.kind === "factors" ? answer.factors : [];
  }

  close(): void {
    for (const worker of this.#workers) worker.terminate();
  }

  #view(plane: PlaneId): PlaneView {
    return { floats: this.#floats, plane: this.#graph.planes[plane], memory: this.#schedule.map.planes[plane] };
  }

  async #losses(request: WorkerRequest): Promise<LossSums[]> {
    const answer = await this.#ask(() => request);
    return answer.kind === "done" ? [...answer.losses] : [];
  }

  /** Sends every worker its request and waits for all answers, or the first failure: the others may wait for that one. */
  async #ask(request: (thread: number) => WorkerRequest): Promise<WorkerReply> {
    const replies = this.#workers.map((worker, thread) => {
      const reply = Promise.withResolvers<WorkerReply>();
      worker.onmessage = ({ data }: MessageEvent<WorkerReply>) => {
        if (data.kind === "failed") reply.reject(new Error(`Cannot train on the CPU: ${data.message}`));
        else reply.resolve(data);
      };
      worker.onerror = (event) => {
        event.preventDefault();
        reply.reject(new Error(`Cannot train on the CPU: worker ${thread} failed: ${event.message}`));
      };
      worker.postMessage(request(thread));
      return reply.promise;
    });
    const [answer] = await Promise.all(replies);
    return answer;
  }
}

function allocate(pages: number): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  } catch {
    const megabytes = Math.ceil(pages / 16);
    throw new RangeError(`Cannot allocate memory for training: needed ${megabytes} MB, refused`);
  }
}
