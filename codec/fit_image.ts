/** Fits a model to an image: training on the chosen device, then quantisation to the integers of the file. */

import { defaultTopLevel, type ImageShape, PRESETS } from "../bitstream/architecture.ts";
import type { QuantisedModel } from "../bitstream/quantised_model.ts";
import type { Executor } from "../kernels/executor.ts";
import type { Graph } from "../kernels/graph.ts";
import { chooseFixedPoint } from "./choose_fixed_point.ts";
import { createExecutor } from "./device.ts";
import type { Image } from "./image.ts";
import { initialParameters } from "./initial_parameters.ts";
import type { EncodeOptions } from "./options.ts";
import { streamsFor } from "./parallel_size.ts";
import { quantiseParameters } from "./quantise_parameters.ts";
import { lossWeights } from "./schedule.ts";
import { lossWords, train, type TrainingMoment } from "./train.ts";
import { buildTrainingGraph, type TrainingGraph } from "./training_graph.ts";
import { planWarmUp, warmUp } from "./warm_up.ts";

type Hooks = "onProgress" | "onWarning" | "signal";
/** Options of `encode` with all defaults filled in. */
export type FitSettings = Required<Omit<EncodeOptions, Hooks>> & Pick<EncodeOptions, Hooks>;

/** Trains on the chosen device and gives the image as integers. */
export async function fitImage(
  image: Image,
  settings: FitSettings,
): Promise<{ model: QuantisedModel; device: string }> {
  const { width, height, channels } = image;
  const shape: ImageShape = { width, height, channels, topLevel: defaultTopLevel(width, height) };
  const training = buildTrainingGraph(PRESETS[settings.preset], shape);
  const executor = await createExecutor(training.graph, settings);
  try {
    const mean = await loadImage(executor, training, image);
    const { groups } = training;
    const parametersOf = (candidate: number) =>
      initialParameters(PRESETS[settings.preset], shape, {
        groups,
        seed: settings.seed + candidate * CANDIDATE_STRIDE,
        mean,
      });
    await runTraining(executor, { training, settings, parametersOf, pixels: width * height, channels });
    const model = await quantiseModel(executor, training, { shape, settings, bitDepth: image.bitDepth });
    return { model, device: executor.device };
  } finally {
    executor.close();
  }
}

/** Distance of the seeds of two candidates. */
const CANDIDATE_STRIDE = 0x9e3779b9;

/** Writes the image's planes; gives the mean sample of each. */
async function loadImage(executor: Executor, { image: planes }: TrainingGraph, image: Image): Promise<number[]> {
  const mean: number[] = [];
  for (const [channel, plane] of planes.entries()) {
    const samples = channelSamples(image, channel);
    mean.push(samples.reduce((a, b) => a + b, 0) / samples.length);
    await executor.writePlane(plane, samples);
  }
  return mean;
}

/** Samples of one channel in units of 2^-bitDepth. */
function channelSamples({ width, height, channels, bitDepth, data }: Image, channel: number): Float32Array {
  const scale = 2 ** -bitDepth;
  return Float32Array.from({ length: width * height }, (_, i) => data[i * channels + channel] * scale);
}

interface TrainingRun {
  readonly training: TrainingGraph;
  readonly settings: FitSettings;
  /** Fresh parameters of a warm-up candidate. */
  readonly parametersOf: (candidate: number) => Float32Array;
  readonly pixels: number;
  readonly channels: number;
}

/** Warm-up, then the training proper; together they take the iterations asked for. */
async function runTraining(executor: Executor, run: TrainingRun): Promise<void> {
  const { training, settings, parametersOf, pixels, channels } = run;
  const { signal, iterations } = settings;
  const start = performance.now();
  const report = (done: number) => (moment: TrainingMoment) => {
    const iteration = done + moment.iteration;
    const perIteration = (performance.now() - start) / 1000 / iteration;
    const secondsLeft = perIteration * (iterations - iteration);
    settings.onProgress?.({ ...moment, stage: "training", iteration, iterations, secondsLeft });
  };
  const plan = planWarmUp(iterations);
  const warmUpIterations = plan.candidates * plan.iterations;
  const schedule = { ...settings, channels, pixels, iterations: iterations - warmUpIterations };
  if (warmUpIterations === 0) await executor.writeParameters(parametersOf(0));
  else {
    const create = (graph: Graph) => createExecutor(graph, settings);
    await warmUp(executor, {
      plan,
      schedule,
      training,
      parametersOf,
      createExecutor: create,
      signal,
      onMoment: report(0),
    });
  }
  await train(executor, schedule, { signal, onMoment: report(warmUpIterations) });
}

async function quantiseModel(
  executor: Executor,
  training: TrainingGraph,
  { shape, settings, bitDepth }: { shape: ImageShape; settings: FitSettings; bitDepth: number },
): Promise<QuantisedModel> {
  const { signal, iterations } = settings;
  const architecture = PRESETS[settings.preset];
  const weights = lossWeights({ ...settings, channels: shape.channels });
  const scalars = { temperature: 1, noise: 0, noiseKey: 0, ...weights };
  const report = async (stage: "quantising" | "writing") => {
    const words = lossWords(await executor.evaluate(scalars), { ...shape, pixels: shape.width * shape.height });
    settings.onProgress?.({
      ...words,
      stage,
      iteration: iterations,
      iterations,
      iterationsPerSecond: 0,
      secondsLeft: 0,
    });
  };
  await report("quantising");
  const quantised = await quantiseParameters(executor, training.groups, { scalars, signal });
  await report("writing");
  const parameters = await executor.readParameters();
  const fixedPoint = await chooseFixedPoint(executor, { arch: architecture, training, parameters });
  const grids = await Promise.all(training.quantised.map(async (plane) => toInt16(await executor.readPlane(plane))));
  const streams = streamsFor(shape.width * shape.height);
  return { shape, bitDepth, architecture, fixedPoint, ...quantised, grids, streams };
}

function toInt16(values: Float32Array): Int16Array {
  return Int16Array.from(values, (value) => Math.max(-32768, Math.min(32767, value)));
}
