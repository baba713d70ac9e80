/** How training settings change over the iterations (Cool-chic 5.0, sec. 5.5 and 6.4 of its description). */

import type { Step } from "../kernels/executor.ts";
import { hash32 } from "../kernels/noise.ts";
import { SAMPLE_MAX, type Scalars } from "../kernels/program.ts";

/** Settings of the whole training. */
export interface ScheduleOptions {
  readonly iterations: number;
  /** Price of a bit, see `EncodeOptions`. */
  readonly lambda: number;
  readonly seed: number;
  /** Samples per pixel. */
  readonly channels: number;
  readonly pixels: number;
  /** Factor of all learning rates; default 1. */
  readonly rateScale?: number | undefined;
  /** Factor of the noise, from 1 to `NOISE_SCALE_MAX`; default 1. */
  readonly noiseScale?: number | undefined;
  /** Factor of the whole loss; default 1. Where lambda changes on the way, it keeps the optimiser's moments meaningful. */
  readonly lossScale?: number | undefined;
}

/** Constants of the schedule. */
const TRAINING = {
  /** Softround temperature and noise, from the first to the last iteration of a short training. */
  temperature: [0.4, 0.06],
  noise: [0.22, 0.15],
  /** Iterations of the longest short training; of a longer one, the last temperature falls with the root of its length. */
  sharperAbove: 1000,
  /** The last noise falls likewise up to this length, and no further: in less noise trainings learn to hide values. */
  quieterUpTo: 2000,
  /** Factor of the rate at first; it falls geometrically to 1 at a share of the iterations. */
  pressure: { first: 3, until: 0.1 },
  /** Latents in quantisation steps per iteration; networks. Cosine from the first to the last iteration. */
  latentRate: [0.16, 1.6e-4],
  parameterRate: [2e-2, 1e-5],
  /** Shares of the iterations between which the groups of parameters are quantised and frozen, evenly. */
  freezing: [0.8, 0.95],
  /** Limit of the parameter gradient's norm, for a loss of `MSE + lambda * bits per pixel`. */
  clipNorm: 0.1,
} as const;

/** A factor of the noise that keeps the last noise of the longest training at what the first one is. */
export const NOISE_SCALE_MAX = 2;

/** Turns a squared error in the unit of the synthesis output into one of samples scaled to 0..1. */
export const FULL_SCALE_SQUARED = (1 / SAMPLE_MAX) ** 2;

/**
 * Weights that scale the loss to bits: `bits + pixels / lambda * MSE`. Gradients then do not shrink with the image.
 */
export function lossWeights({ lambda, channels }: { lambda: number; channels: number }) {
  return { rateWeight: 1, distortionWeight: FULL_SCALE_SQUARED / (lambda * channels) };
}

/** Settings of an evaluation: the loss in bits, of rounded latents. */
export function evaluationScalars(options: { lambda: number; channels: number }): Scalars {
  return { temperature: 1, noise: 0, noiseKey: 0, ...lossWeights(options) };
}

/** How many of `groups` groups of parameters are frozen after `done` iterations: none at first, all in the end. */
export function frozenGroups(done: number, iterations: number, groups: number): number {
  const [first, last] = TRAINING.freezing;
  const progress = (done / iterations - first) / (last - first);
  return Math.round(groups * Math.max(0, Math.min(1, progress)));
}

/** Settings of iteration `i`, 0 based. */
export function trainingStep(i: number, options: ScheduleOptions): Step {
  const progress = i / options.iterations;
  const { rateWeight, distortionWeight } = lossWeights(options);
  const { lossScale = 1, noiseScale = 1, rateScale = 1 } = options;
  return {
    scalars: {
      temperature: linear(sharpened(TRAINING.temperature, options.iterations), progress),
      noise: noiseScale *
        linear(sharpened(TRAINING.noise, Math.min(TRAINING.quieterUpTo, options.iterations)), progress),
      noiseKey: noiseKey(i, options),
      rateWeight: lossScale * rateWeight * pressure(progress),
      distortionWeight: lossScale * distortionWeight,
    },
    latentRate: rateScale * cosine(TRAINING.latentRate, progress),
    parameterRate: rateScale * cosine(TRAINING.parameterRate, progress),
    clipNorm: lossScale * TRAINING.clipNorm * options.pixels / options.lambda,
  };
}

/** The settings of the first iteration, with the noise of iteration `i`: what comes before the training proper. */
export function firstStep(i: number, options: ScheduleOptions): Step {
  const step = trainingStep(0, options);
  return { ...step, scalars: { ...step.scalars, noiseKey: noiseKey(i, options) } };
}

/** Every iteration draws its own noise. */
function noiseKey(i: number, { seed }: ScheduleOptions): number {
  return hash32(hash32(seed) + i);
}

/** Dear bits at first: what coarse grids can hold is not put into fine ones, most of whose latents then stay zero. */
function pressure(progress: number): number {
  const { first, until } = TRAINING.pressure;
  return first ** Math.max(0, 1 - progress / until);
}

type Range = readonly [first: number, last: number];

/** A long training ends closer to rounding: it would learn to use what rounding then takes away. */
function sharpened([first, last]: Range, iterations: number): Range {
  return [first, last * Math.min(1, Math.sqrt(TRAINING.sharperAbove / iterations))];
}

function linear([first, last]: Range, progress: number): number {
  return first + (last - first) * progress;
}

function cosine([first, last]: Range, progress: number): number {
  return last + (first - last) * (1 + Math.cos(Math.PI * progress)) / 2;
}
