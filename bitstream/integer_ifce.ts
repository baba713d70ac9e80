/**
 * The inter-grid feature extractor (IFCE) on integers: an affine layer on co-located latents of all coarser grids, and on a
 * window around them in the main grid of the next coarser level.
 *
 * The features of main grid `level` are computed once per site of the next coarser level; site (y, x) reads (y >> 1, x >> 1).
 */

import { type Architecture, ifceInputs, ifceWindow, type ImageShape, latentGrids, levelSize } from "./architecture.ts";
import { clampI16, type NetworkParameters, scaledTensors } from "./fixed_point.ts";
import { contextLatent } from "./integer_arm.ts";

/** The IFCE of one level. */
export interface IntegerIfce {
  /** Indices into `latentGrids`, newest decoded first. */
  readonly inputs: readonly number[];
  /** Sites around the co-located one that are read on the first of these grids. */
  readonly window: readonly (readonly [dy: number, dx: number])[];
  /** Q8, i16, `[features, inputs and window]`. */
  readonly weights: Int16Array;
  /** Q8, i32, `[features]`. */
  readonly biases: Int32Array;
}

/** Features of every site of one level. */
export interface FeaturePlanes {
  readonly width: number;
  readonly height: number;
  /** Q6, `[height, width, features]`. */
  readonly data: Int16Array;
}

/** The IFCE of main grid `level`, or `undefined` where that grid has none and reads features 0. */
export function integerIfce(network: NetworkParameters, level: number): IntegerIfce | undefined {
  const inputs = ifceInputs(network.architecture, network.shape, level);
  if (inputs.length === 0) return undefined;
  const tensors = scaledTensors(network);
  const weights = Int16Array.from(tensors.get(`ifce.${level}.weight`)!, clampI16);
  return { inputs, window: ifceWindow(network.architecture), weights, biases: tensors.get(`ifce.${level}.bias`)! };
}

/**
 * Features for main grid `level` from the grids decoded before it.
 *
 *     feature = clampI16((sum W clamp(latent, -511, 511) + b + 2) >> 2)        Q8 -> Q6
 */
export function extractFeatures(
  ifce: IntegerIfce,
  level: number,
  { architecture, shape, grids }: { architecture: Architecture; shape: ImageShape; grids: readonly Int16Array[] },
): FeaturePlanes {
  const [width, height] = [levelSize(shape.width, level + 1), levelSize(shape.height, level + 1)];
  const features = architecture.features;
  const all = latentGrids(architecture, shape);
  const sources = ifce.inputs.map((g) => ({ latents: grids[g], width: all[g].width, shift: all[g].level - level - 1 }));
  const data = new Int16Array(width * height * features);
  const values = new Int32Array(sources.length + ifce.window.length);
  const around = values.subarray(sources.length);
  for (let y = 0, site = 0; y < height; y++) {
    for (let x = 0; x < width; x++, site++) {
      sources.forEach(({ latents, width, shift }, j) => {
        values[j] = contextLatent(latents[(y >> shift) * width + (x >> shift)]);
      });
      ifce.window.forEach(([dy, dx], j) => {
        const inside = y + dy >= 0 && y + dy < height && x + dx >= 0 && x + dx < width;
        around[j] = inside ? contextLatent(sources[0].latents[(y + dy) * width + x + dx]) : 0;
      });
      for (let f = 0; f < features; f++) data[site * features + f] = feature(ifce, f, values);
    }
  }
  return { width, height, data };
}

function feature({ weights, biases }: IntegerIfce, f: number, values: Int32Array): number {
  let sum = biases[f] + 2;
  const row = f * values.length;
  for (let j = 0; j < values.length; j++) sum = (sum + Math.imul(weights[row + j], values[j])) | 0;
  return clampI16(sum >> 2);
}
