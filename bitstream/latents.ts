/**
 * The latent pyramid through the entropy coder: grids coarse to fine, each in raster order, row y in stream `y mod N`.
 *
 * Writing, reading and counting share one traversal, so that their orders and contexts cannot differ.
 */

import { CONTEXT_OFFSETS, type LatentGrid, latentGrids } from "./architecture.ts";
import type { NetworkParameters } from "./fixed_point.ts";
import {
  contextInput,
  evaluateArm,
  type IntegerArm,
  integerArm,
  predictedMu,
  predictedScale,
  type Prediction,
} from "./integer_arm.ts";
import { extractFeatures, type FeaturePlanes, integerIfce } from "./integer_ifce.ts";
import type { RangeDecoder, RangeEncoder } from "./range_coder.ts";
import { decodeSymbol, encodeSymbol } from "./symbols.ts";

/** A place in the pyramid. */
export interface LatentSite {
  /** Index into `latentGrids`. */
  grid: number;
  y: number;
  /** Row-major index within the grid. */
  index: number;
}

/** Writes all latents. `grids` are those of `latentGrids`; row y goes to coder `y mod coders.length`. */
export function encodeLatents(
  coders: readonly RangeEncoder[],
  network: NetworkParameters,
  grids: readonly Int16Array[],
): void {
  visitLatents(network, grids, ({ grid, y, index }, prediction) => {
    const value = grids[grid][index];
    encodeSymbol(coders[y % coders.length], value, predictedMu(prediction), predictedScale(prediction));
    return value;
  });
}

/** Reads all latents into new grids. Throws a `BitstreamError` if a stream ends early or a value leaves i16. */
export function decodeLatents(coders: readonly RangeDecoder[], network: NetworkParameters): Int16Array[] {
  const grids = latentGrids(network.architecture, network.shape).map((g) => new Int16Array(g.width * g.height));
  visitLatents(
    network,
    grids,
    ({ y }, prediction) => decodeSymbol(coders[y % coders.length], predictedMu(prediction), predictedScale(prediction)),
  );
  return grids;
}

/**
 * Calls `visit` for every latent in coding order with the distribution the decoder has for it, and stores the value that it
 * returns. The site is one object, reused.
 */
export function visitLatents(
  network: NetworkParameters,
  grids: readonly Int16Array[],
  visit: (site: LatentSite, prediction: Prediction) => number,
): void {
  const { architecture, shape } = network;
  const site: LatentSite = { grid: 0, y: 0, index: 0 };
  const arm = integerArm(network);
  const offsets = CONTEXT_OFFSETS.slice(0, architecture.contexts);
  latentGrids(architecture, shape).forEach((grid, g) => {
    const ifce = grid.hyper ? undefined : integerIfce(network, grid.level);
    const features = ifce && extractFeatures(ifce, grid.level, { architecture, shape, grids });
    visitGrid(arm, { grid, latents: grids[g], features, offsets }, (y, index, prediction) => {
      site.grid = g;
      site.y = y;
      site.index = index;
      return visit(site, prediction);
    });
  });
}

interface GridPass {
  readonly grid: LatentGrid;
  readonly latents: Int16Array;
  readonly features: FeaturePlanes | undefined;
  readonly offsets: readonly (readonly [number, number])[];
}

function visitGrid(
  arm: IntegerArm,
  pass: GridPass,
  visit: (y: number, index: number, prediction: Prediction) => number,
): void {
  const { grid, latents } = pass;
  const context = new Int16Array(arm.inputs);
  const zeroAnswer = evaluateArm(arm, context);
  for (let y = 0, index = 0; y < grid.height; y++) {
    for (let x = 0; x < grid.width; x++, index++) {
      const any = gatherContext(context, pass, y, x);
      latents[index] = visit(y, index, any ? evaluateArm(arm, context) : zeroAnswer);
    }
  }
}

/** Fills the ARM's input for one site; false if all of it is zero, whose answer is known. */
function gatherContext(context: Int16Array, pass: GridPass, y: number, x: number): boolean {
  const { grid: { width }, latents, features, offsets } = pass;
  const spatial = offsets.length;
  let any = 0;
  for (let i = 0; i < spatial; i++) {
    const [cy, cx] = [y + offsets[i][0], x + offsets[i][1]];
    const inside = cy >= 0 && cx >= 0 && cx < width;
    any |= context[i] = inside ? contextInput(latents[cy * width + cx]) : 0;
  }
  if (!features) return any !== 0;
  const count = context.length - spatial;
  const start = ((y >> 1) * features.width + (x >> 1)) * count;
  for (let f = 0; f < count; f++) any |= context[spatial + f] = features.data[start + f];
  return any !== 0;
}
