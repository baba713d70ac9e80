/** What a caller may choose when encoding, every default in one place, and what encoding reports. */

import { type Architecture, PRESET_NAMES, type PresetName } from "../bitstream/architecture.ts";
import type { Complexity } from "../bitstream/complexity.ts";
import type { AlphaChoice } from "./prepare_image.ts";
import type { EncodeTarget } from "./target.ts";

/** Where training runs. */
export type DeviceChoice = "auto" | "cpu" | "gpu";

/** Options of `encode`; every one has a default in `ENCODE_DEFAULTS`. */
export interface EncodeOptions {
  /** Price of a bit: the loss is `MSE + lambda * bits per pixel`, samples scaled to 0..1. High: small files. > 0. */
  readonly lambda?: number;
  /** A size or PSNR to land on, in place of a lambda. */
  readonly target?: EncodeTarget;
  /** Time that the encode may take, in seconds; it then chooses its iterations itself. */
  readonly seconds?: number;
  /**
   * Size of the decoder: about 500 (lop), 1200 (mop), 2000 (hop) or 3000 (vhop) multiplications per pixel; `auto` takes lop,
   * mop or hop by what a short trial says about the picture's cost.
   */
  readonly preset?: typeof PRESET_CHOICES[number];
  /** A decoder spelled out, in place of a preset; the file then describes it. */
  readonly architecture?: Architecture;
  /** The coarsest latent level 0..12; default: by the picture's size. */
  readonly topLevel?: number;
  /** Factor of the learning rates; default 1. */
  readonly rateScale?: number;
  /** How much work is done for a small file: a row of `EFFORTS`. */
  readonly effort?: EffortName;
  /** Training iterations, each one pass over the whole image; at least 1; default: those of the effort. */
  readonly iterations?: number;
  /** Seed of all randomness: same seed, device and machine give the same file. 0..2^32-1. */
  readonly seed?: number;
  /** `auto` takes a real GPU if there is one, else the CPU. */
  readonly device?: DeviceChoice;
  /** CPU worker threads; 0 stands for one per core. The file does not depend on it. */
  readonly threads?: number;
  /** Alpha as an exact part of the file of its own, or as one more plane that is coded like the colours. */
  readonly alpha?: AlphaChoice;
  /** Ingredients of the training to leave out, to measure what each one brings. */
  readonly without?: readonly Ingredient[];
  /** Where the training is kept while it runs, so that it can go on after a kill. */
  readonly checkpoint?: CheckpointStore;
  /** Called with a checkpoint of the whole training, before quantisation. */
  readonly onTrained?: (checkpoint: Uint8Array) => void;
  /** Called a few times per second while training. */
  readonly onProgress?: (progress: EncodeProgress) => void;
  /** Called with one line when something went wrong that did not stop the encode: `auto` had to leave the GPU. */
  readonly onWarning?: (message: string) => void;
  /** Aborts the encode; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** Options of which one takes the other's place: both at once are refused. */
export const ALTERNATIVES = [["lambda", "target"], ["iterations", "seconds"]] as const satisfies [
  keyof EncodeOptions,
  keyof EncodeOptions,
][];

/** Parts of the training that a measurement can leave out; what an architecture leaves out is said by `architecture`. */
export const INGREDIENTS = [
  /** Networks that start at what they are like in most pictures, and are coded as differences from that. */
  "learnedDefaults",
  /** The same for the synthesis. */
  "synthesisDefaults",
  /** Steps and spreads of those differences that are coded around what they are in most pictures. */
  "learnedFields",
  /** The picture at half its size first. */
  "coarseStart",
  /** Candidates at the start, where there is no coarse one. */
  "warmUp",
  /** SOAP for the parameters: without it they are trained by Adam. */
  "soap",
  /** Less noise where latents move many pixels. */
  "noiseShares",
  /** Noise that grows where a training hides values in it. */
  "noiseControl",
  /** Bits of the networks in the objective. */
  "networkPrior",
  /** Groups of parameters that are quantised one after the other, while the rest goes on learning. */
  "gradualQuantisation",
  /** Rounding of parameters in which errors cancel, and the coarser steps that it allows. */
  "errorCancelling",
  /** Coordinate search on the quantised parameters. */
  "parameterSearch",
  /** A filter with learned weights after the synthesis. */
  "restoration",
  /** Moves of single latents after training. */
  "latentRefinement",
] as const;

/** Name of a part of the training. */
export type Ingredient = typeof INGREDIENTS[number];

/** Whether an ingredient is left out. */
export function omits({ without }: Pick<EncodeOptions, "without">, ingredient: Ingredient): boolean {
  return without?.includes(ingredient) ?? false;
}

/** A place for one checkpoint. */
export interface CheckpointStore {
  /** Time between two copies. */
  readonly everySeconds: number;
  /** What was saved last, if anything. */
  readonly load: () => Uint8Array | undefined;
  /** Replaces what was saved before. */
  readonly save: (checkpoint: Uint8Array) => void;
}

/** What `EncodeOptions.preset` may be. */
export const PRESET_CHOICES = [...PRESET_NAMES, "auto"] as const;

/** What an effort stands for. */
export interface Effort {
  /** Training iterations. */
  readonly iterations: number;
  /** Random networks that are tried at the start, where there is no coarse one. */
  readonly candidates: number;
  /** Passes over the image per training iteration that the last search of parameters takes; a pass is a third of one. */
  readonly refinement: number;
  /** Passes through the integer decoder per training iteration that the search of latents takes. */
  readonly latentRefinement: number;
}

/** All efforts. Iterations decide what they take: `fast` is meant to stay below 90 seconds for 768x512 on two slow cores. */
export const EFFORTS = {
  fast: { iterations: 560, candidates: 1, refinement: 0.1, latentRefinement: 0.04 },
  medium: { iterations: 2000, candidates: 2, refinement: 0.2, latentRefinement: 0.04 },
  slow: { iterations: 5000, candidates: 2, refinement: 0.3, latentRefinement: 0.04 },
  best: { iterations: 20_000, candidates: 4, refinement: 0.3, latentRefinement: 0.02 },
} as const satisfies Record<string, Effort>;

/** Name of an effort. */
export type EffortName = keyof typeof EFFORTS;

/** The defaults of `EncodeOptions`. */
export const ENCODE_DEFAULTS = {
  lambda: 1e-3,
  preset: "mop",
  effort: "medium",
  seed: 0,
  device: "auto",
  threads: 0,
  alpha: "lossless",
} as const satisfies EncodeOptions;

/** A moment of an encode. */
export interface EncodeProgress {
  /** What is going on. */
  readonly stage: "training" | "quantising" | "writing";
  /** Iterations done. */
  readonly iteration: number;
  /** Iterations to do in all. */
  readonly iterations: number;
  /** Estimate of the model as it is now: latent bits per pixel. */
  readonly bpp: number;
  /** PSNR of the rounded or, while training, the noisy model. */
  readonly psnrDb: number;
  /** Speed of the last part of the training. */
  readonly iterationsPerSecond: number;
  /** Estimated seconds to the end of the training; what follows takes a few percent more. */
  readonly secondsLeft: number;
}

/** What an encode came to; sizes and quality are those of the written bytes, decoded by the real decoder. */
export interface EncodeReport {
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  /** Size of the file. */
  readonly bytes: number;
  /** `8 * bytes / (width * height)`. */
  readonly bpp: number;
  /** PSNR of the decoded picture against the input, over all samples; Infinity when they are equal. */
  readonly psnrDb: number;
  /** The same of alpha, if the file has any: Infinity unless it is lossy. */
  readonly alphaPsnrDb?: number;
  /** Bits per pixel of the latents; with the next two it adds up to `bpp`. */
  readonly rateLatentBpp: number;
  /** Bits per pixel of the network parameters. */
  readonly rateNetworkBpp: number;
  /** Bits per pixel of the header: checksums, alpha and metadata. */
  readonly rateHeaderBpp: number;
  /** Iterations that were made, those of the warm-up and of a search included. */
  readonly iterations: number;
  /** Time of the whole encode. */
  readonly seconds: number;
  /** The device that trained, in words: `cpu (2 threads)` or `gpu (NAME)`. */
  readonly device: string;
  /** `custom` for an architecture that was spelled out. */
  readonly preset: PresetName | "custom";
  /** The lambda given, or the one that a search for a target ended with. */
  readonly lambda: number;
  /** The seed given. */
  readonly seed: number;
  /** Whether the target was reached; `true` without one. */
  readonly targetReached: boolean;
  /** Multiplications per pixel to decode. */
  readonly macPerPixel: Complexity;
}

/** An encoded image. */
export interface EncodeResult {
  /** The `.chic` file. */
  readonly bytes: Uint8Array;
  /** What it came to. */
  readonly report: EncodeReport;
}
