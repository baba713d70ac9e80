/** Where the bits of a file went: the price of each latent, by the probabilities that the decoder itself has. */

import { type LatentGrid, latentGrids } from "../bitstream/architecture.ts";
import { type LatentDecoder, readModel } from "../bitstream/read.ts";
import { shorteningOf } from "../bitstream/latents.ts";
import type { DecodeLimits } from "../bitstream/limits.ts";
import { integerBackend } from "./integer_backend.ts";
import { latentCostBits, RUN_COSTS } from "./symbol_cost.ts";

/** One grid of the pyramid, priced. */
export interface PricedGrid extends LatentGrid {
  /** `[height, width]` */
  readonly latents: Int16Array;
  /** Bits of each latent, `[height, width]`. */
  readonly bits: Float64Array;
}

/** All latents of a file, priced. */
export interface LatentBits {
  /** Of the picture, in pixels. */
  readonly width: number;
  /** Of the picture, in pixels. */
  readonly height: number;
  /** In coding order: coarse to fine, hyper grids first. */
  readonly grids: readonly PricedGrid[];
  /** The sum over all latents. */
  readonly totalBits: number;
}

/** Reads a file and prices its latents. Throws as `decode` does; the picture is not made. */
export function priceLatents(bytes: Uint8Array, limits?: DecodeLimits): LatentBits {
  const backend = integerBackend();
  let shortening = 0;
  const latentDecoder: LatentDecoder = (bytes, coders, network) => {
    shortening = shorteningOf(coders);
    return backend.latentDecoder(bytes, coders, network);
  };
  const { model } = readModel(bytes, limits, latentDecoder);
  const predictions = backend.latentPredictor(model, model.grids);
  const run = RUN_COSTS[shortening];
  const grids = latentGrids(model.architecture, model.shape).map((grid, g): PricedGrid => {
    const latents = model.grids[g];
    const bits = Float64Array.from(latents, (value, i) => latentCostBits(value, predictions[g][i], run));
    return { ...grid, latents, bits };
  });
  const totalBits = grids.reduce((sum, { bits }) => sum + bits.reduce((a, b) => a + b, 0), 0);
  return { width: model.shape.width, height: model.shape.height, grids, totalBits };
}

/**
 * Bits per pixel of the picture, `[height, width]`: each latent's bits are spread evenly over the pixels it stands for, so that
 * the map adds up to the latents' bits.
 */
export function bitMap({ width, height, grids }: LatentBits): Float64Array {
  const map = new Float64Array(width * height);
  for (const { level, bits, width: columns } of grids) {
    const side = 1 << level;
    for (let y = 0; y < height; y++) {
      const row = y >> level;
      const rows = Math.min(side, height - (row << level));
      for (let x = 0; x < width; x++) {
        const column = x >> level;
        map[y * width + x] += bits[row * columns + column] / (rows * Math.min(side, width - (column << level)));
      }
    }
  }
  return map;
}
