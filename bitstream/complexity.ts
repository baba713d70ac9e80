/** How much work a decoder is: multiplications per pixel, counted from its architecture. */

import {
  type Architecture,
  ifceInputCount,
  type ImageShape,
  latentGrids,
  levelSize,
  planeCount,
  synthesisedGrids,
} from "./architecture.ts";
import { PREFILTER_TAPS, synthesisWidths, UPSAMPLING_TAPS } from "./parameters.ts";
import { PAIRS } from "./restoration.ts";

/** Products that tell the direction of a site. */
const DIRECTION_PRODUCTS = 2;

/** Multiplications per pixel of the image, by network. */
export interface Complexity {
  /** The autoregressive network, for every latent. */
  readonly arm: number;
  /** The features it gets from coarser grids. */
  readonly ifce: number;
  /** Upsampling and prefilters. */
  readonly upsampling: number;
  /** From the upsampled planes to the samples. */
  readonly synthesis: number;
  /** The restoration filter; 0 if there is none. */
  readonly restoration: number;
  /** The sum. */
  readonly total: number;
}

/**
 * Multiplications per pixel of a decoder for an image of this shape, with or without a restoration filter. The identities of
 * residual layers are free.
 */
export function macPerPixel(
  arch: Architecture,
  shape: ImageShape,
  { restored = false }: { restored?: boolean } = {},
): Complexity {
  const pixels = shape.width * shape.height;
  const arm = armMac(arch, shape) / pixels;
  const ifce = ifceMac(arch, shape) / pixels;
  const upsampling = upsamplingMac(arch, shape) / pixels;
  const synthesis = synthesisMac(arch, shape);
  const restoration = restored ? DIRECTION_PRODUCTS + PAIRS * shape.channels : 0;
  return { arm, ifce, upsampling, synthesis, restoration, total: arm + ifce + upsampling + synthesis + restoration };
}

/** The whole network for every latent, hyper grids included. */
function armMac(arch: Architecture, shape: ImageShape): number {
  const inputs = arch.contexts + arch.features;
  let perLatent = arch.armStabiliser ? 2 * inputs : 0;
  let width = inputs;
  for (const { outputs } of arch.armLayers) {
    perLatent += width * outputs;
    width = outputs;
  }
  perLatent += 2 * width;
  return perLatent * latentGrids(arch, shape).reduce((sum, grid) => sum + grid.width * grid.height, 0);
}

/** Features of a level are computed once per site of the next coarser level. */
function ifceMac(arch: Architecture, shape: ImageShape): number {
  let sum = 0;
  for (let level = 0; level < shape.topLevel; level++) {
    sum += ifceInputCount(arch, shape, level) * arch.features * sites(shape, level + 1);
  }
  return sum;
}

/**
 * Each doubling filters down the columns, which makes half of the sites, then along the rows; each grid is prefiltered. Equal
 * taps of the symmetric prefilter share a multiplication.
 */
function upsamplingMac(arch: Architecture, shape: ImageShape): number {
  const own = synthesisedGrids(arch, shape).map((grids) => grids.length);
  let sum = 0;
  let coarser = planeCount(arch, shape);
  for (let level = 0; level < shape.topLevel; level++) {
    const tall = levelSize(shape.width, level + 1) * levelSize(shape.height, level);
    coarser -= own[level];
    sum += coarser * UPSAMPLING_TAPS * (tall + sites(shape, level));
    sum += own[level] * 2 * PREFILTER_TAPS * sites(shape, level);
  }
  return sum;
}

function synthesisMac(arch: Architecture, shape: ImageShape): number {
  const planes = planeCount(arch, shape);
  const widths = [planes, ...synthesisWidths(arch, shape)];
  const layers = arch.synthesis.reduce((sum, { kernel }, l) => sum + widths[l] * widths[l + 1] * kernel * kernel, 0);
  return layers + (arch.synthesisStabiliser ? shape.channels * planes : 0);
}

function sites(shape: ImageShape, level: number): number {
  return levelSize(shape.width, level) * levelSize(shape.height, level);
}
