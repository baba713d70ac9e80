/** The GPU back-end in one thread: a graph's buffers and pipelines, and the loop over steps. Waiting blocks the thread. */

import type { Executor, Step } from "../executor.ts";
import type { Graph, LossSums, PlaneId } from "../graph.ts";
import type { ParameterPrior } from "../parameter_optimiser.ts";
import type { Scalars } from "../program.ts";
import type { MatrixFactors } from "../soap.ts";
import { type AdapterChoices, type DeviceNeeds, maxBindingBytes, requireAdapter } from "./device.ts";
import { GpuSession } from "./gpu_session.ts";
import type { Place } from "./memory.ts";
import { createOptimiser, type Optimiser, OPTIMISER_BUFFERS } from "./optimiser_passes.ts";
import {
  createBuffers,
  createPasses,
  encodeDispatches,
  type GraphBuffers,
  type GraphPasses,
  type PreparedDispatch,
} from "./passes.ts";
import { type GpuPlan, planGpu } from "./plan.ts";
import { Profiler } from "./profiler.ts";
import { encodeSteps, MAX_STEPS } from "./settings.ts";

/** Choices of `createGpuTrainer`. */
export interface GpuChoices extends AdapterChoices {
  /** Splits the memory into smaller buffers than the adapter would allow: for tests. */
  readonly maxSegmentBytes?: number;
  /** Takes the time of every dispatch. */
  readonly profile?: boolean;
}

/**
 * Sites per command buffer. Much work per submission hides its cost; too much trips the watchdogs of desktop drivers (2 s)
 * on a slow GPU.
 */
const SITES_PER_SUBMISSION = 1 << 23;

/** Starts a graph on the GPU, in this thread. Throws a `GpuError` if there is none or the graph does not fit. */
export async function createGpuTrainer(graph: Graph, choices: GpuChoices = {}): Promise<GpuTrainer> {
  const adapter = await requireAdapter(choices);
  const plan = planGpu(graph, choices.maxSegmentBytes ?? maxBindingBytes(adapter));
  const session = await GpuSession.open(adapter, needsOf(plan, graph, choices.profile ?? false));
  try {
    const buffers = await createBuffers(session, graph, plan);
    const passes = await createPasses(session, plan, buffers);
    const optimiser = await createOptimiser(session, { graph, sums: plan.sums, latents: plan.memory.latents, buffers });
    const profiler = choices.profile ? await Profiler.create(session) : undefined;
    return new GpuTrainer({ graph, plan, session, buffers, passes, optimiser, profiler });
  } catch (error) {
    session.close();
    throw error;
  }
}

function needsOf(plan: GpuPlan, graph: Graph, timestamps: boolean): DeviceNeeds {
  const floats = Math.max(...plan.memory.segments, plan.sums.length, plan.memory.latents.length);
  return {
    storageBytes: 4 * floats,
    uniformBytes: Math.max(16 * Math.ceil(graph.parameterCount / 4), ...plan.pipelines.map((p) => p.tableBytes)),
    workgroupBytes: plan.workgroupBytes,
    storageBuffers: Math.max(OPTIMISER_BUFFERS, 3 + plan.memory.segments.length),
    timestamps,
  };
}

interface TrainerParts {
  readonly graph: Graph;
  readonly plan: GpuPlan;
  readonly session: GpuSession;
  readonly buffers: GraphBuffers;
  readonly passes: GraphPasses;
  readonly optimiser: Optimiser;
  readonly profiler: Profiler | undefined;
}

/** A graph on the GPU. */
export class GpuTrainer implements Executor {
  readonly device: string;
  /** Times of all dispatches so far, if asked for. */
  readonly profiler: Profiler | undefined;
  readonly #graph: Graph;
  readonly #plan: GpuPlan;
  readonly #session: GpuSession;
  readonly #buffers: GraphBuffers;
  readonly #passes: GraphPasses;
  readonly #optimiser: Optimiser;
  readonly #counts = { latents: 0, parameters: 0 };
  readonly #stepsPerSubmission: number;

  constructor({ graph, plan, session, buffers, passes, optimiser, profiler }: TrainerParts) {
    this.device = `gpu (${session.name})`;
    this.profiler = profiler;
    this.#graph = graph;
    this.#plan = plan;
    this.#session = session;
    this.#buffers = buffers;
    this.#passes = passes;
    this.#optimiser = optimiser;
    const sites = graph.planes.reduce((max, { width, height }) => Math.max(max, width * height), 1);
    this.#stepsPerSubmission = Math.max(1, Math.min(64, Math.floor(SITES_PER_SUBMISSION / sites)));
  }

  writePlane(plane: PlaneId, values: Float32Array): Promise<void> {
    return this.#writePlace(this.#plan.memory.values[plane], values, this.#planeLength(plane));
  }

  readPlane(plane: PlaneId): Promise<Float32Array> {
    return this.#readPlace(this.#plan.memory.values[plane], this.#planeLength(plane));
  }

  /** Sets a plane's gradient, as if a later call had added it. For tests. */
  writeGradient(plane: PlaneId, values: Float32Array): Promise<void> {
    return this.#writePlace(this.#plan.memory.gradients[plane], values, this.#planeLength(plane));
  }

  /** A plane's gradient as the last step left it. For tests. */
  readGradient(plane: PlaneId): Promise<Float32Array> {
    return this.#readPlace(this.#plan.memory.gradients[plane], this.#planeLength(plane));
  }

  /** The parameters' gradient as the last step left it, with the prior's part, before clipping. For tests. */
  readParameterGradient(): Promise<Float32Array> {
    return this.#session.read(this.#buffers.sums, 0, this.#graph.parameterCount);
  }

  writeParameters(values: Float32Array): Promise<void> {
    checkLength("parameters", values, this.#graph.parameterCount);
    this.#session.device.queue.writeBuffer(this.#buffers.parameters, 0, new Float32Array(values));
    return Promise.resolve();
  }

  readParameters(): Promise<Float32Array> {
    return this.#session.read(this.#buffers.parameters, 0, this.#graph.parameterCount);
  }

  writePrior({ centre, weight, frozen }: ParameterPrior): Promise<void> {
    const { parameterCount } = this.#graph;
    const { queue } = this.#session.device;
    for (const [part, values] of [centre, weight, frozen].entries()) {
      checkLength("prior", values, parameterCount);
      queue.writeBuffer(this.#buffers.prior, 4 * part * parameterCount, Float32Array.from(values));
    }
    return Promise.resolve();
  }

  async train(steps: readonly Step[]): Promise<LossSums[]> {
    const losses: LossSums[] = [];
    for (let from = 0; from < steps.length; from += MAX_STEPS) {
      const part = steps.slice(from, from + MAX_STEPS);
      this.#writeSteps(encodeSteps(part, this.#counts));
      const { reduce, updateParameters, updateLatents, finish } = this.#optimiser;
      this.#submit(part.length, [...this.#passes.train, reduce, updateParameters, updateLatents, finish]);
      losses.push(...await this.#readLosses(part.length));
    }
    return losses;
  }

  async evaluate(scalars: Scalars): Promise<LossSums> {
    const step = { scalars, latentRate: 0, parameterRate: 0, clipNorm: 1 };
    this.#writeSteps(encodeSteps([step], { latents: 0, parameters: 0 }));
    this.#submit(1, [...this.#passes.evaluate, this.#optimiser.reduce, this.#optimiser.finish]);
    return (await this.#readLosses(1))[0];
  }

  readFactors(): Promise<readonly MatrixFactors[]> {
    return this.#optimiser.readFactors();
  }

  close(): void {
    this.profiler?.close();
    this.#session.close();
  }

  #writeSteps(words: Uint32Array<ArrayBuffer>): void {
    this.#session.device.queue.writeBuffer(this.#buffers.control, 0, words);
  }

  /** Encodes and submits steps, some per command buffer: the GPU starts on the first while the next are encoded. */
  #submit(steps: number, ofStep: readonly PreparedDispatch[]): void {
    const { device } = this.#session;
    for (let from = 0; from < steps; from += this.#stepsPerSubmission) {
      const encoder = device.createCommandEncoder();
      const count = Math.min(this.#stepsPerSubmission, steps - from);
      const dispatches = Array.from({ length: count }, () => ofStep).flat();
      if (this.profiler) this.profiler.encode(encoder, dispatches);
      else encodeDispatches(encoder.beginComputePass(), dispatches);
      device.queue.submit([encoder.finish()]);
    }
  }

  async #readLosses(count: number): Promise<LossSums[]> {
    const log = await this.#session.read(this.#buffers.log, 0, 2 * count);
    await this.profiler?.collect();
    return Array.from({ length: count }, (_, i) => ({ bits: log[2 * i], squaredError: log[2 * i + 1] }));
  }

  #planeLength(plane: PlaneId): number {
    const { width, height } = this.#graph.planes[plane];
    return width * height;
  }

  #writePlace({ segment, offset }: Place, values: Float32Array, length: number): Promise<void> {
    checkLength("plane", values, length);
    this.#session.device.queue.writeBuffer(this.#buffers.heap[segment], 4 * offset, new Float32Array(values));
    return Promise.resolve();
  }

  #readPlace({ segment, offset }: Place, length: number): Promise<Float32Array> {
    return this.#session.read(this.#buffers.heap[segment], offset, length);
  }
}

function checkLength(what: string, { length }: ArrayLike<number>, expected: number): void {
  if (length !== expected) {
    throw new RangeError(`Cannot write ${what}: expected ${expected} values, received ${length}`);
  }
}
