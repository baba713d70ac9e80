/** Fits a model to an image: training on the chosen device, then quantisation to the integers of the file. */

import { type Architecture, type ImageShape, imageShape, type PresetName, PRESETS } from "../bitstream/architecture.ts";
import type { LearnedDefaults } from "../bitstream/defaults.ts";
import { parameterGroups } from "../bitstream/parameters.ts";
import type { QuantisedModel } from "../bitstream/quantised_model.ts";
import { type Executor, readPlanes } from "../kernels/executor.ts";
import type { Graph } from "../kernels/graph.ts";
import { chooseFixedPoint } from "./choose_fixed_point.ts";
import { choosePreset } from "./choose_preset.ts";
import { chooseRestoration } from "./choose_restoration.ts";
import { coarseStart, type HalfSize, halfSize, planCoarseStart } from "./coarse_start.ts";
import { imageDetail, isSmooth } from "./detail.ts";
import { createExecutor } from "./device.ts";
import type { Image } from "./image.ts";
import { initialParameters } from "./initial_parameters.ts";
import { integerBackend } from "./integer_backend.ts";
import { EFFORTS, type ENCODE_DEFAULTS, type EncodeOptions, omits } from "./options.ts";
import { chooseDefaults, costlyParameters } from "./learned_defaults.ts";
import { loadImage } from "./load_image.ts";
import { streamsFor } from "./parallel_size.ts";
import { trainWithNetworks } from "./network_training.ts";
import { chooseNoiseShares, EVEN_NOISE } from "./noise_shares.ts";
import { Pilot } from "./pilot.ts";
import { quantiseParameters } from "./quantise_parameters.ts";
import { refineLatents } from "./refine_latents.ts";
import { refineParameters } from "./refine_parameters.ts";
import { evaluationScalars } from "./schedule.ts";
import { settleFixedPoint } from "./settle_fixed_point.ts";
import { type Outcome, startLambda } from "./target.ts";
import { DivergedError, lossWords, type TrainingMoment } from "./train.ts";
import { buildTrainingGraph, type TrainingGraph } from "./training_graph.ts";
import { TrainingProgress } from "./training_progress.ts";
import { NO_WARM_UP, planWarmUp, warmUp } from "./warm_up.ts";

type WithDefault = keyof typeof ENCODE_DEFAULTS | "iterations";
/** Options of `encode` with all defaults filled in. */
export type FitSettings = Required<Pick<EncodeOptions, WithDefault>> & Omit<EncodeOptions, WithDefault>;

/** What a fit came to. */
export interface Fit {
  readonly model: QuantisedModel;
  readonly device: string;
  /** As chosen in the end. */
  readonly lambda: number;
  readonly iterations: number;
}

/** Settings with a decoder that is known: `preset` is no longer `auto`. */
type PresetSettings = FitSettings & { readonly preset: PresetName };

/** The decoder asked for. */
export function architectureOf(
  { architecture, preset }: Pick<PresetSettings, "architecture" | "preset">,
): Architecture {
  return architecture ?? PRESETS[preset];
}

/** Settles `auto` by a trial. */
async function choosePresetFor(image: Image, settings: FitSettings): Promise<PresetSettings> {
  const { preset } = settings;
  if (preset !== "auto") return { ...settings, preset };
  return { ...settings, preset: settings.architecture ? "mop" : await choosePreset(image, settings) };
}

/** What a fit needs beside image and settings. */
export interface FitSurroundings {
  /** Tells what the file of a model comes to. */
  readonly measure: (model: QuantisedModel) => Outcome;
  /** When the encode began, in milliseconds of `performance.now()`. */
  readonly startedAt: number;
}

/** Seeds that are tried if trainings diverge, and their distance. */
const ATTEMPTS = { most: 3, stride: 0x85ebca6b } as const;

/** Trains on the chosen device and gives the image as integers. A training that diverges starts again from another seed. */
export async function fitImage(image: Image, settings: FitSettings, surroundings: FitSurroundings): Promise<Fit> {
  let settled = await choosePresetFor(image, settings);
  for (let attempt = 1;; attempt++) {
    const seed = (settings.seed + (attempt - 1) * ATTEMPTS.stride) >>> 0;
    try {
      return await fitOnce(image, settled, { ...surroundings, seed });
    } catch (error) {
      if (!(error instanceof DivergedError) || attempt === ATTEMPTS.most) throw error;
      settings.onWarning?.(`${error.message}; starting again with another seed`);
      settled = withoutSaved(settled);
    }
  }
}

/** Settings whose training starts anew, whatever its checkpoint holds: what diverged is not gone on from. */
function withoutSaved({ checkpoint, ...settings }: PresetSettings): PresetSettings {
  return { ...settings, ...checkpoint && { checkpoint: { ...checkpoint, load: () => undefined } } };
}

async function fitOnce(
  image: Image,
  settings: PresetSettings,
  { measure, startedAt, seed }: FitSurroundings & { seed: number },
): Promise<Fit> {
  const shape = imageShape(image, settings.topLevel);
  const architecture = architectureOf(settings);
  const detail = imageDetail(image);
  const defaults = chooseDefaults(architecture, { ...shape, detail }, settings);
  const isKnown = defaults?.synthesis ?? false;
  const learned = defaults !== undefined;
  const parameters = costlyParameters(parameterGroups(architecture, shape), { learned });
  const lambda = startLambda(settings, { pixels: shape.width * shape.height, parameters });
  const training = buildTrainingGraph(architecture, shape, {
    soap: !omits(settings, "soap"),
    defaults,
    noiseShares: omits(settings, "noiseShares") ? EVEN_NOISE : chooseNoiseShares({ ...settings, lambda, detail }),
  });
  const executor = await createExecutor(training.graph, settings);
  try {
    const mean = await loadImage(executor, training, image);
    const { groups } = training;
    const parametersOf = (candidate: number) =>
      initialParameters(architecture, shape, {
        ...{ groups, mean, defaults: training.defaults, synthesisDefaults: isKnown },
        seed: seed + candidate * CANDIDATE_STRIDE,
      });
    const pilot = await Pilot.begin({ image, shape, settings, executor, training, startedAt });
    pilot.schedule.seed = seed;
    const progress = new TrainingProgress(settings.onProgress, pilot.warmUp + pilot.start);
    const half = halfSize(architecture, shape);
    await runTraining(executor, { image, training, settings, parametersOf, isKnown, half, detail, pilot, progress });
    const model = await pilot.land({
      train: (schedule, start) => {
        const made = pilot.iterations;
        const part = { before: made - start, iterations: made + schedule.iterations - start };
        const onMoment = (moment: TrainingMoment) => progress.report(moment, part);
        return trainWithNetworks(executor, { image, training, schedule, ...settings, onMoment }, start);
      },
      quantise: (lambda) =>
        quantiseModel(executor, training, {
          ...{ image, shape, defaults, until: pilot.refineUntil },
          settings: { ...settings, lambda, iterations: pilot.iterations },
        }),
      measure,
    });
    return { model, device: executor.device, lambda: pilot.schedule.lambda, iterations: pilot.iterations };
  } finally {
    executor.close();
  }
}

/** Distance of the seeds of two candidates. */
const CANDIDATE_STRIDE = 0x9e3779b9;

interface TrainingRun {
  readonly image: Image;
  readonly training: TrainingGraph;
  readonly settings: FitSettings;
  /** Fresh parameters of a warm-up candidate. */
  readonly parametersOf: (candidate: number) => Float32Array;
  /** Whether all networks start at learned defaults: then candidates are alike. */
  readonly isKnown: boolean;
  /** The picture at half its size, if it is large enough for that. */
  readonly half: HalfSize | undefined;
  /** See `imageDetail`. */
  readonly detail: number;
  readonly pilot: Pilot;
  readonly progress: TrainingProgress;
}

/** A start, then the training proper; together they take the iterations asked for. */
async function runTraining(executor: Executor, run: TrainingRun): Promise<void> {
  const { image, training, settings, pilot, progress } = run;
  const { schedule, start } = pilot;
  if (start === 0) await startTraining(executor, run);
  const onMoment = async (moment: TrainingMoment) => {
    progress.report(moment, { before: pilot.warmUp, iterations: pilot.iterations });
    await pilot.onMoment(moment);
  };
  await trainWithNetworks(executor, { image, training, schedule, ...settings, onMoment }, start);
  await pilot.finish();
}

/** First parameters and latents: of a smooth picture from half its size, else from the best of several candidates. */
async function startTraining(executor: Executor, run: TrainingRun): Promise<void> {
  const { training, settings, parametersOf, isKnown, half, detail, pilot, progress } = run;
  const { schedule } = pilot;
  const isCoarse = half && !omits(settings, "coarseStart") && isSmooth(detail, schedule.lambda);
  const coarse = isCoarse ? planCoarseStart(schedule.iterations) : 0;
  const candidates = isKnown || omits(settings, "warmUp") ? 1 : EFFORTS[settings.effort].candidates;
  const plan = coarse > 0 ? NO_WARM_UP : planWarmUp(schedule.iterations, candidates);
  const taken = coarse + plan.candidates * plan.iterations;
  pilot.setWarmUp(taken);
  if (taken === 0) return await executor.writeParameters(parametersOf(0));
  const hooks = {
    createExecutor: (graph: Graph) => createExecutor(graph, settings),
    signal: settings.signal,
    onMoment: (moment: TrainingMoment) => progress.report(moment, { before: 0, iterations: pilot.iterations }),
  };
  if (half && coarse > 0) {
    const fresh = parametersOf(0);
    await coarseStart(executor, { ...settings, half, iterations: coarse, schedule, training, fresh, ...hooks });
  } else {
    await warmUp(executor, { plan, schedule, training, parametersOf, ...hooks });
  }
  pilot.endWarmUp();
}

const NO_REFINEMENT = { refinement: 0, latentRefinement: 0 };
/** The search of latents runs on the CPU: where a GPU trains, a pass takes many iterations. */
const GPU_SHARE = 0.1;

interface QuantiseModelOptions {
  readonly image: Image;
  readonly shape: ImageShape;
  /** The training's defaults, if it has any. */
  readonly defaults: LearnedDefaults | undefined;
  readonly settings: PresetSettings;
  /** When the searches have to end, in milliseconds of `performance.now()`. */
  readonly until: number;
}

async function quantiseModel(
  executor: Executor,
  training: TrainingGraph,
  { image, shape, defaults, settings, until }: QuantiseModelOptions,
): Promise<QuantisedModel> {
  const { signal, iterations, lambda, seed } = settings;
  const architecture = architectureOf(settings);
  const scalars = evaluationScalars({ ...settings, channels: shape.channels });
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
  const cancelling = !omits(settings, "errorCancelling");
  const quantised = await quantiseParameters(executor, training.groups, {
    ...{ scalars, cancelling, signal },
    defaults: training.defaults,
  });
  // A search for a target makes many files, and has a finer means to lower the rate: lambda.
  const effort = settings.target ? NO_REFINEMENT : EFFORTS[settings.effort];
  const evaluations = omits(settings, "parameterSearch") ? 0 : Math.floor(iterations * effort.refinement);
  const now = performance.now();
  const parametersUntil = now + (until - now) / 2;
  await refineParameters(executor, training.groups, quantised, {
    ...{ scalars, evaluations, seed, signal },
    defaults: training.defaults,
    until: parametersUntil,
  });
  await report("writing");
  const parameters = await executor.readParameters();
  const fixedPoint = await chooseFixedPoint(executor, { arch: architecture, training, parameters });
  const grids = (await readPlanes(executor, training.quantised)).map(toInt16);
  const streams = streamsFor(shape.width * shape.height);
  const { bitDepth } = image;
  const estimated = { shape, bitDepth, architecture, defaults, fixedPoint, ...quantised, grids, streams };
  const backend = integerBackend();
  const settled = { ...estimated, fixedPoint: settleFixedPoint(estimated, image, backend.reconstruct) };
  const restored = (model: QuantisedModel) =>
    omits(settings, "restoration")
      ? model
      : { ...model, restoration: chooseRestoration(model, image, { lambda, backend }) };
  const model = restored(settled);
  const share = executor.device.startsWith("gpu") ? GPU_SHARE : 1;
  const passes = omits(settings, "latentRefinement") ? 0 : Math.floor(iterations * effort.latentRefinement * share);
  await refineLatents(model, image, { lambda, passes, until, signal });
  return passes > 0 ? restored(model) : model;
}

function toInt16(values: Float32Array): Int16Array {
  return Int16Array.from(values, (value) => Math.max(-32768, Math.min(32767, value)));
}
