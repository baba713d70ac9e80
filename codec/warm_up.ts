/**
 * Warm-up among candidates: a training that starts badly stays behind, so several are started from different random
 * networks, side by side, and the best goes on (Cool-chic 5.0, sec. 6.3 of its description).
 */

import { type Executor, readPlanes } from "../kernels/executor.ts";
import type { Graph, LossSums } from "../kernels/graph.ts";
import { repeatGraph } from "../kernels/repeat_graph.ts";
import { lossBits } from "./model_cost.ts";
import { firstStep, type ScheduleOptions } from "./schedule.ts";
import { lossWords, type TrainingHooks } from "./train.ts";
import type { TrainingGraph } from "./training_graph.ts";
import { type TrainingState, writeState } from "./training_state.ts";

/** How much warm-up a training of some length gets. */
export interface WarmUpPlan {
  readonly candidates: number;
  /** Iterations of each candidate; they count as iterations of the training. */
  readonly iterations: number;
}

/** Share of all iterations that each candidate gets, and the fewest that make sense. */
const WARM_UP = { share: 0.02, least: 20 } as const;
/** Pixels trained side by side: more does not run faster and takes memory. */
const MAX_BATCH_PIXELS = 1 << 21;

/** One network, which the training itself starts from. */
export const NO_WARM_UP: WarmUpPlan = { candidates: 1, iterations: 0 };

/** The warm-up of a training of that many iterations; short ones, and those with one candidate, have none. */
export function planWarmUp(iterations: number, candidates: number): WarmUpPlan {
  const each = Math.floor(iterations * WARM_UP.share);
  const none = candidates === 1 || each < WARM_UP.least;
  return none ? NO_WARM_UP : { candidates, iterations: each };
}

/** What `warmUp` needs. */
export interface WarmUpOptions extends TrainingHooks {
  readonly plan: WarmUpPlan;
  readonly schedule: ScheduleOptions;
  readonly training: TrainingGraph;
  /** Fresh parameters of a candidate. */
  readonly parametersOf: (candidate: number) => Float32Array;
  /** Starts a graph on the device of the training. */
  readonly createExecutor: (graph: Graph) => Promise<Executor>;
}

/** Trains the candidates and leaves the best one in `executor`, which holds the image. */
export async function warmUp(executor: Executor, options: WarmUpOptions): Promise<void> {
  const { plan, schedule } = options;
  const perBatch = Math.max(1, Math.floor(MAX_BATCH_PIXELS / schedule.pixels));
  const { scalars } = firstStep(0, schedule);
  let best: { candidate: TrainingState; cost: number } | undefined;
  for (let first = 0; first < plan.candidates; first += perBatch) {
    const count = Math.min(perBatch, plan.candidates - first);
    for (const candidate of await trainBatch(executor, options, { first, count })) {
      await writeState(executor, options.training, candidate);
      const loss = await executor.evaluate(scalars);
      const cost = lossBits(loss, scalars);
      if (!best || cost < best.cost || Number.isNaN(best.cost)) best = { candidate, cost };
    }
  }
  await writeState(executor, options.training, best!.candidate);
}

/** Trains candidates `first` to `first + count - 1` as one graph. */
async function trainBatch(
  source: Executor,
  { plan, schedule, training, parametersOf, createExecutor, onMoment, signal }: WarmUpOptions,
  { first, count }: { first: number; count: number },
): Promise<TrainingState[]> {
  const { graph } = training;
  const batch = repeatGraph(graph, count, { planes: new Set(training.image) });
  const executor = await createExecutor(batch.graph);
  try {
    for (const plane of training.image) {
      await executor.writePlane(batch.planeOf(plane, 0), await source.readPlane(plane));
    }
    const all = new Float32Array(batch.graph.parameterCount);
    for (let copy = 0; copy < count; copy++) all.set(parametersOf(first + copy), batch.parameterOf(0, copy));
    await executor.writeParameters(all);
    for (let done = 0; done < plan.iterations;) {
      signal?.throwIfAborted();
      const length = Math.min(CHUNK, plan.iterations - done);
      const start = performance.now();
      const losses = await executor.train(Array.from({ length }, (_, i) => batchStep(done + i, schedule, count)));
      done += length;
      await onMoment?.({
        ...lossWords(mean(losses.at(-1)!, count), schedule),
        iteration: plan.iterations * first + count * done,
        iterationsPerSecond: 1000 * count * length / (performance.now() - start),
      });
    }
    const parameters = await executor.readParameters();
    const states: TrainingState[] = [];
    for (let copy = 0; copy < count; copy++) {
      const first = batch.parameterOf(0, copy);
      states.push({
        parameters: parameters.slice(first, first + graph.parameterCount),
        latents: await readPlanes(executor, training.latents.map((plane) => batch.planeOf(plane, copy))),
      });
    }
    return states;
  } finally {
    executor.close();
  }
}

/** Iterations between two looks at the abort signal. */
const CHUNK = 10;

/** Loss sums per copy, of sums over all copies. */
function mean({ bits, squaredError }: LossSums, copies: number): LossSums {
  return { bits: bits / copies, squaredError: squaredError / copies };
}

/** The first step of the schedule, for several copies: their gradients share one norm, which grows with their number. */
function batchStep(i: number, schedule: ScheduleOptions, copies: number) {
  const step = firstStep(i, schedule);
  return { ...step, clipNorm: step.clipNorm * Math.sqrt(copies) };
}
