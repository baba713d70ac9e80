/** `auto`: the decoder whose total cost, estimated from a short trial, is least. */

import { type ImageShape, imageShape, type PresetName, PRESETS } from "../bitstream/architecture.ts";
import { parameterGroups } from "../bitstream/parameters.ts";
import { readCheckpoint } from "./checkpoint.ts";
import { createExecutor } from "./device.ts";
import type { FitSettings } from "./fit_image.ts";
import type { Image } from "./image.ts";
import { initialParameters } from "./initial_parameters.ts";
import { costlyParameters, usesDefaults } from "./learned_defaults.ts";
import { loadImage } from "./load_image.ts";
import { lossBits } from "./model_cost.ts";
import { evaluationScalars } from "./schedule.ts";
import { startLambda } from "./target.ts";
import { DivergedError, train, type TrainingMoment } from "./train.ts";
import { buildTrainingGraph } from "./training_graph.ts";

/**
 * By how much a decoder lowers the loss (distortion and latent bits) of the smallest one, at equal iterations. Measured on
 * two 256x256 crops at four lambdas and 1000 iterations: 4 to 9 % and 7 to 12 %, but where bits are dearest.
 */
const GAINS = { lop: 0, mop: 0.067, hop: 0.095 } as const satisfies Partial<Record<PresetName, number>>;
/** Decoders that `auto` chooses from. */
export type AutoPreset = keyof typeof GAINS;
/** The largest of them. */
export const LARGEST_AUTO = "hop" satisfies AutoPreset;

/** Iterations of the trial, and the loss after a whole training as a share of the trial's (crops: 0.67 at low lambda to 0.84). */
const TRIAL = { iterations: 100, share: 0.75 } as const;

/**
 * Bits of a network of so many parameters, trained for a loss of `loss` bits: the more is at stake per parameter, the finer
 * it is coded. Fitted to 24 encodes of the crops (1.1 to 6.7 bits per parameter); some are spent even where nothing is.
 * For large losses it is the line that `bench/preset_costs.ts` prints, `0.95 log2(loss / parameters) - 0.6` per parameter.
 */
export function expectedNetworkBits(parameters: number, loss: number): number {
  return parameters * Math.max(0.5, 0.95 * Math.log2(1 + 0.645 * loss / parameters));
}

/**
 * The decoder of least total cost for a loss of so many bits with the smallest one; `isLearned`: whether the networks of a
 * decoder will start from learned defaults.
 */
export function cheapestPreset(
  shape: ImageShape,
  loss: number,
  { isLearned }: { isLearned: (preset: AutoPreset) => boolean },
): AutoPreset {
  const cost = (preset: AutoPreset) =>
    loss * (1 - GAINS[preset]) +
    expectedNetworkBits(
      costlyParameters(parameterGroups(PRESETS[preset], shape), { learned: isLearned(preset) }),
      loss,
    );
  return (Object.keys(GAINS) as AutoPreset[]).reduce((best, preset) => cost(preset) < cost(best) ? preset : best);
}

/** What `auto` comes to where no trial can tell. */
const WITHOUT_TRIAL = "mop" satisfies AutoPreset;
/** Share of the time of an encode that a trial may take. */
const TRIAL_SHARE_OF_TIME = 0.1;

/**
 * Trains the smallest decoder for a moment and takes the cheapest one for the loss that it promises. A checkpoint has the
 * choice that was made for it; `mop` is taken, with a warning, where the trial takes too much of the time or diverges.
 */
export async function choosePreset(image: Image, settings: FitSettings): Promise<AutoPreset> {
  const saved = settings.checkpoint?.load();
  const chosen = saved && readCheckpoint(saved).settings.preset;
  if (isAutoPreset(chosen)) return chosen;
  try {
    return await tryPreset(image, settings);
  } catch (error) {
    if (!(error instanceof DivergedError || error instanceof SlowTrialError)) throw error;
    settings.onWarning?.(`${error.message}; taking preset ${WITHOUT_TRIAL} instead of choosing one`);
    return WITHOUT_TRIAL;
  }
}

/** A trial that would take too much of the encode's time. */
class SlowTrialError extends Error {}

function isAutoPreset(name: unknown): name is AutoPreset {
  return typeof name === "string" && Object.hasOwn(GAINS, name);
}

async function tryPreset(image: Image, settings: FitSettings): Promise<AutoPreset> {
  const { width, height, channels } = image;
  const pixels = width * height;
  const shape = imageShape(image, settings.topLevel);
  const training = buildTrainingGraph(PRESETS.lop, shape);
  const { groups } = training;
  const isLearned = (preset: AutoPreset) => usesDefaults(PRESETS[preset], shape, settings);
  const parameters = costlyParameters(groups, { learned: isLearned("lop") });
  const lambda = startLambda(settings, { pixels, parameters });
  const executor = await createExecutor(training.graph, settings);
  try {
    const mean = await loadImage(executor, training, image);
    await executor.writeParameters(initialParameters(PRESETS.lop, shape, { groups, seed: settings.seed, mean }));
    const { signal, seed, seconds = Infinity } = settings;
    const schedule = { iterations: TRIAL.iterations, lambda, seed, channels, pixels };
    const onMoment = ({ iterationsPerSecond }: TrainingMoment) => {
      const takes = TRIAL.iterations / iterationsPerSecond;
      if (takes <= TRIAL_SHARE_OF_TIME * seconds) return;
      throw new SlowTrialError(
        `Cannot try presets: a trial takes ${takes.toFixed(0)} of ${seconds.toFixed(0)} seconds`,
      );
    };
    await train(executor, schedule, { signal, onMoment });
    const scalars = evaluationScalars(schedule);
    const loss = TRIAL.share * lossBits(await executor.evaluate(scalars), scalars);
    return cheapestPreset(shape, loss, { isLearned });
  } finally {
    executor.close();
  }
}
