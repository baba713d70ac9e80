/**
 * A training that starts from one of the picture at half its size. An iteration there takes a quarter of the time, and coarse
 * grids and networks find out what they are for before the finest grid, which is zero until then, is filled with what does
 * not belong into it.
 *
 * Level `l` of the half picture has the size of level `l + 1` of the whole one. So its grids, and all parameters but those of
 * level 0 and of the filters at the end of the synthesis, mean the same in both.
 */

import type { Architecture, ImageShape } from "../bitstream/architecture.ts";
import { findTensor, type ParameterGroup, type Tensor } from "../bitstream/parameters.ts";
import type { Executor } from "../kernels/executor.ts";
import type { Graph } from "../kernels/graph.ts";
import { halved } from "./detail.ts";
import { type Ingredient, omits } from "./options.ts";
import { priorAt } from "./parameter_prior.ts";
import { firstStep, type ScheduleOptions } from "./schedule.ts";
import { INTERVAL, lossWords, type TrainingHooks } from "./train.ts";
import { buildTrainingGraph, type TrainingGraph } from "./training_graph.ts";
import { readState, writeState } from "./training_state.ts";

/** Share of the training that it takes, and the most iterations; trainings of fewer or more iterations than these have none. */
const COARSE_START = { share: 0.1, most: 200, trainings: [100, 5000] } as const;
/** A picture has so many times the pixels of its half; iterations take that much longer, and bits per pixel are that much fewer. */
const PIXELS_PER_PIXEL = 4;
/** Pictures with a shorter side start at their own size: there is too little to learn from in half of it. */
const LEAST_SIDE = 128;

/** A picture at half its size, and the decoder for it. */
export interface HalfSize {
  readonly architecture: Architecture;
  readonly shape: ImageShape;
}

/** Half of a picture and of its decoder, which loses level 0; `undefined` where little would be left of either. */
export function halfSize(architecture: Architecture, shape: ImageShape): HalfSize | undefined {
  const { hyperFirstLevel, ifceLevels } = architecture;
  const { width, height, topLevel } = shape;
  if (Math.min(width, height) < LEAST_SIDE || topLevel < 2 || hyperFirstLevel < 1) return undefined;
  return {
    architecture: { ...architecture, hyperFirstLevel: hyperFirstLevel - 1, ifceLevels: Math.max(0, ifceLevels - 1) },
    shape: { ...shape, width: Math.ceil(width / 2), height: Math.ceil(height / 2), topLevel: topLevel - 1 },
  };
}

/** How many iterations of the whole picture it takes of a training; 0: there is none. */
export function planCoarseStart(iterations: number): number {
  const { share, most, trainings: [shortest, longest] } = COARSE_START;
  if (iterations < shortest || iterations > longest) return 0;
  return Math.min(most, Math.floor(iterations * share));
}

/** What `coarseStart` needs. */
export interface CoarseStartOptions extends Pick<TrainingHooks, "onMoment" | "signal"> {
  readonly half: HalfSize;
  /** What it takes, in iterations of the whole picture: at half size there are four times as many. */
  readonly iterations: number;
  readonly schedule: ScheduleOptions;
  readonly training: TrainingGraph;
  /** Fresh parameters of the whole decoder. */
  readonly fresh: Float32Array;
  readonly without?: readonly Ingredient[];
  /** Starts a graph on the device of the training. */
  readonly createExecutor: (graph: Graph) => Promise<Executor>;
}

/** Trains at half size and leaves parameters and latents in `executor`, which holds the picture. */
export async function coarseStart(executor: Executor, options: CoarseStartOptions): Promise<void> {
  const { half, training, fresh, createExecutor } = options;
  const built = buildTrainingGraph(half.architecture, half.shape, {
    soap: !omits(options, "soap"),
    noiseShares: training.noiseShares,
  });
  const places = placesInWhole(built.groups, training.groups, half.architecture);
  const taken = (values: Float32Array) => Float32Array.from(places, (place) => place === NOWHERE ? 0 : values[place]);
  const coarse = { ...built, defaults: training.defaults && taken(training.defaults) };
  const small = await createExecutor(coarse.graph);
  try {
    for (const [channel, plane] of training.image.entries()) {
      await small.writePlane(
        coarse.image[channel],
        halved(await executor.readPlane(plane), training.graph.planes[plane]),
      );
    }
    await small.writeParameters(taken(fresh));
    await trainHalf(small, coarse, options);
    const learned = await readState(small, coarse);
    const parameters = fresh.slice();
    places.forEach((place, i) => {
      if (place !== NOWHERE) parameters[place] = learned.parameters[i];
    });
    await writeState(executor, { latents: training.latents.slice(0, learned.latents.length) }, {
      ...learned,
      parameters,
    });
  } finally {
    small.close();
  }
}

/** The first step of the schedule again and again, with the prior for parameters as they become. */
async function trainHalf(
  small: Executor,
  { groups, defaults }: TrainingGraph,
  options: CoarseStartOptions,
): Promise<void> {
  const { iterations, schedule, half: { shape }, onMoment, signal } = options;
  const pixels = shape.width * shape.height;
  // The same price for what a pixel of the whole picture holds.
  const halfSchedule = { ...schedule, pixels, lambda: schedule.lambda / PIXELS_PER_PIXEL };
  const count = iterations * PIXELS_PER_PIXEL;
  for (let done = 0; done < count;) {
    signal?.throwIfAborted();
    if (!omits(options, "networkPrior")) {
      await small.writePrior(priorAt(groups, await small.readParameters(), { defaults }));
    }
    const length = Math.min(INTERVAL, count - done);
    const start = performance.now();
    const losses = await small.train(Array.from({ length }, (_, i) => firstStep(done + i, halfSchedule)));
    done += length;
    const words = lossWords(losses.at(-1)!, halfSchedule);
    await onMoment?.({
      ...words,
      bpp: words.bpp / PIXELS_PER_PIXEL,
      iteration: done / PIXELS_PER_PIXEL,
      iterationsPerSecond: 1000 * length / PIXELS_PER_PIXEL / (performance.now() - start),
    });
  }
}

/** Stands for the place of a parameter that the whole decoder starts afresh. */
export const NOWHERE = -1;

/** Where each parameter of the half decoder is in the whole one. */
export function placesInWhole(
  half: readonly ParameterGroup[],
  whole: readonly ParameterGroup[],
  { synthesis }: Architecture,
): Int32Array {
  const tensors = half.flatMap((group) => group.tensors);
  return Int32Array.from(tensors.flatMap((tensor) => {
    const { rows, cols } = tensor;
    const { first, stride } = placeOf(tensor, whole, synthesis.map(({ kernel }) => kernel));
    return Array.from({ length: rows * cols }, (_, i) => {
      return first === NOWHERE ? NOWHERE : first + Math.floor(i / cols) * stride + i % cols;
    });
  }));
}

/** Where a tensor of the half decoder begins in the whole one, and the distance of its rows there. */
function placeOf(tensor: Tensor, whole: readonly ParameterGroup[], kernels: readonly number[]) {
  const [module, layer, kind] = tensor.name.split(".");
  // A filter of pixels means something else at another size.
  if (module === "synthesis" && kind === "weight" && kernels[Number(layer)] === 3) return { first: NOWHERE, stride: 0 };
  const name = module === "ifce" ? `ifce.${Number(layer) + 1}.${kind}` : tensor.name;
  const { offset, cols } = findTensor(whole, name);
  return { first: offset + valuesOfLevel0(name, { cols, fewer: cols - tensor.cols }), stride: cols };
}

/** How many values of level 0 a tensor, or each of its rows, begins with. Upsampling taps end with them. */
function valuesOfLevel0(name: string, { cols, fewer }: { cols: number; fewer: number }): number {
  if (name === "upsampling.prefilter") return cols;
  return name.startsWith("synthesis.") ? fewer : 0;
}
