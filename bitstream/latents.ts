/**
 * The latent pyramid through the entropy coder: grids coarse to fine, each in raster order, row y in stream `y mod N`.
 *
 * Predicting and reading share one traversal, so that their contexts cannot differ.
 */

import { CONTEXT_OFFSETS, type LatentGrid, latentGrids } from "./architecture.ts";
import { BitstreamError } from "./errors.ts";
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
import { PROBABILITIES, SCALE_COUNT } from "./probability_table.ts";
import { type RangeDecoder, RangeEncoder } from "./range_coder.ts";
import { decodeSymbol, encodeSymbol, muInteger } from "./symbols.ts";

/** Bits of the run table's number, in stream 0 before the first latent. */
const SHORTENING_WIDTH = 3;

/** A place in the pyramid. */
export interface LatentSite {
  /** Index into `latentGrids`. */
  grid: number;
  y: number;
  /** Row-major index within the grid. */
  index: number;
}

/** Gives the distribution of every latent of known grids: see `predictLatents`. A faster kernel may take its place. */
export type LatentPredictor = (network: NetworkParameters, grids: readonly Int16Array[]) => Int32Array[];

/** The `Prediction` that the decoder will have for each latent, row-major for each grid of `latentGrids`. */
export function predictLatents(network: NetworkParameters, grids: readonly Int16Array[]): Int32Array[] {
  const predictions = grids.map((grid) => new Int32Array(grid.length));
  visitLatents(network, grids.map((grid) => grid.slice()), ({ grid, index }, prediction) => {
    predictions[grid][index] = prediction;
    return grids[grid][index];
  });
  return predictions;
}

/** Writes all latents. `grids` are those of `latentGrids`; row y goes to coder `y mod coders.length`. */
export function encodeLatents(
  coders: readonly RangeEncoder[],
  network: NetworkParameters,
  grids: readonly Int16Array[],
  predictor: LatentPredictor = predictLatents,
): void {
  const predictions = predictor(network, grids);
  const shortening = bestShortening(predictions, grids);
  coders[0].encodeBits(shortening, SHORTENING_WIDTH);
  const stops = PROBABILITIES.stops[shortening];
  latentGrids(network.architecture, network.shape).forEach(({ width, height }, g) => {
    for (let y = 0, index = 0; y < height; y++) {
      const coder = coders[y % coders.length];
      for (let x = 0; x < width; x++, index++) {
        const prediction = predictions[g][index];
        encodeSymbol(coder, grids[g][index], predictedMu(prediction), predictedScale(prediction), stops);
      }
    }
  });
}

/**
 * Reads all latents into new grids. Throws a `CutLatentsError` if a stream ends early or a value leaves i16.
 */
export function decodeLatents(coders: readonly RangeDecoder[], network: NetworkParameters): Int16Array[] {
  const sizes = latentGrids(network.architecture, network.shape);
  const grids = sizes.map((g) => new Int16Array(g.width * g.height));
  const reached = { grid: 0, row: 0 };
  let firstPastEnd: LatentRow | undefined;
  try {
    const stops = decodeStops(coders);
    visitLatents(network, grids, ({ grid, y }, prediction) => {
      const coder = coders[y % coders.length];
      [reached.grid, reached.row] = [grid, y];
      const value = decodeSymbol(coder, predictedMu(prediction), predictedScale(prediction), stops);
      if (coder.isPastEnd) {
        firstPastEnd ??= { grid, row: y };
        coder.verifyZeros();
      }
      return value;
    });
  } catch (error) {
    if (error instanceof BitstreamError) {
      throw new CutLatentsError(error, { sizes, grids, cut: firstPastEnd ?? reached });
    }
    throw error;
  }
  return grids;
}

/** A row of a grid. */
export interface LatentRow {
  /** Index into `latentGrids`. */
  readonly grid: number;
  readonly row: number;
}

/** Some stream ended before its last latent, or is damaged. Carries what was read up to there. */
export class CutLatentsError extends BitstreamError {
  /** All grids; the latents from the cut on are 0. */
  readonly grids: readonly Int16Array[];
  /** The first row that was not read from its stream alone. */
  readonly cut: LatentRow;

  /** Clears the grids from the cut on. `sizes` are those of `latentGrids`. */
  constructor(
    { plainMessage, byteOffset }: BitstreamError,
    { sizes, grids, cut }: { sizes: readonly LatentGrid[]; grids: readonly Int16Array[]; cut: LatentRow },
  ) {
    super(plainMessage, byteOffset);
    this.grids = grids;
    this.cut = cut;
    grids.forEach((grid, g) => {
      if (g === cut.grid) grid.fill(0, cut.row * sizes[g].width);
      if (g > cut.grid) grid.fill(0);
    });
  }
}

/** Reads which run table the latents use. */
export function decodeStops(coders: readonly RangeDecoder[]): Uint16Array {
  return PROBABILITIES.stops[coders[0].decodeBits(SHORTENING_WIDTH)];
}

/** The number of the run table, without reading it: the coders stay where they are, before the first latent. */
export function shorteningOf([coder]: readonly RangeDecoder[]): number {
  const before = coder.state;
  const shortening = coder.decodeBits(SHORTENING_WIDTH);
  coder.resume(before);
  return shortening;
}

/** The run table with which these latents are cheapest, by writing their runs with each one. */
export function bestShortening(predictions: readonly Int32Array[], grids: readonly Int16Array[]): number {
  const { runs, steps } = countRuns(predictions, grids);
  let best = { shortening: 0, length: Infinity, range: 0 };
  PROBABILITIES.stops.forEach((stops, shortening) => {
    const trial = new RangeEncoder();
    for (let s = 0; s < SCALE_COUNT; s++) {
      for (let n = 0; n < steps[s]; n++) trial.encodeBit(1, stops[s]);
      for (let n = 0; n < runs[s]; n++) trial.encodeBit(0, stops[s]);
    }
    const { length, range } = trial;
    if (length < best.length || (length === best.length && range > best.range)) best = { shortening, length, range };
  });
  return best.shortening;
}

/** How many runs there are for each scale, and how many steps they go on in all. */
function countRuns(predictions: readonly Int32Array[], grids: readonly Int16Array[]) {
  const [runs, steps] = [new Float64Array(SCALE_COUNT), new Float64Array(SCALE_COUNT)];
  predictions.forEach((grid, g) => {
    for (let i = 0; i < grid.length; i++) {
      const magnitude = Math.abs(grids[g][i] - muInteger(predictedMu(grid[i])));
      if (magnitude === 0) continue;
      runs[predictedScale(grid[i])]++;
      steps[predictedScale(grid[i])] += magnitude - 1;
    }
  });
  return { runs, steps };
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
