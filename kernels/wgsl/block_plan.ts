/**
 * How the 64 lanes of a workgroup share the weight gradients of one linear layer, `sum over sites of delta x input`.
 *
 * The matrix is cut into blocks that fit into registers; every block is computed by several lanes, each for a part of the
 * sites of a tile. All sizes count vectors of four.
 */

import { LANES } from "./kernel.ts";

/** A division of labour. */
export interface BlockPlan {
  /** Vectors of deltas and of inputs per site. */
  readonly rowVectors: number;
  readonly colVectors: number;
  /** Vectors of a block. */
  readonly blockRows: number;
  readonly blockCols: number;
  /** Blocks side by side, and in all. */
  readonly blocksAcross: number;
  readonly blocks: number;
  /** Lanes that compute the same block, each for `sites` of a tile's sites. */
  readonly lanesPerBlock: number;
  readonly sites: number;
  /** Distance between the vectors of two sites in workgroup memory: odd, so that lanes do not collide on its banks. */
  readonly stride: number;
}

/** Vectors a lane may accumulate: 64 registers. */
const MAX_BLOCK_VECTORS = 16;
/** Price of reading a vector from workgroup memory, in multiply-adds. */
const READ_COST = 4;
/** Tiles over which a workgroup's final summation is spread, at the image sizes that matter. */
const TILES = 8;

/** The cheapest plan for a matrix. Throws a `RangeError` if it is too large for one workgroup. */
export function planBlocks(rows: number, cols: number): BlockPlan {
  const rowVectors = Math.ceil(rows / 4);
  const colVectors = Math.ceil(cols / 4);
  const plans: BlockPlan[] = [];
  for (let blockRows = 1; blockRows <= 4; blockRows++) {
    for (let blockCols = 1; 4 * blockRows * blockCols <= MAX_BLOCK_VECTORS; blockCols++) {
      plans.push(...plansFor({ rowVectors, colVectors, blockRows, blockCols }));
    }
  }
  if (plans.length === 0) {
    throw new RangeError(`Cannot plan weight gradients: a layer of ${rows} x ${cols} weights is too large`);
  }
  return plans.reduce((best, plan) => cost(plan) < cost(best) ? plan : best);
}

type Sizes = Pick<BlockPlan, "rowVectors" | "colVectors" | "blockRows" | "blockCols">;

function plansFor(sizes: Sizes): BlockPlan[] {
  const blocksAcross = Math.ceil(sizes.colVectors / sizes.blockCols);
  const blocks = blocksAcross * Math.ceil(sizes.rowVectors / sizes.blockRows);
  const stride = (sizes.rowVectors + sizes.colVectors) | 1;
  return [1, 2, 4, 8, 16, 32, 64].filter((lanesPerBlock) => lanesPerBlock * blocks <= LANES)
    .map((lanesPerBlock) => ({ ...sizes, blocksAcross, blocks, lanesPerBlock, sites: LANES / lanesPerBlock, stride }));
}

/** Multiply-adds of a lane per tile, with the reads of the products and of the final summation. */
function cost({ blockRows, blockCols, sites, lanesPerBlock }: BlockPlan): number {
  const products = sites * (16 * blockRows * blockCols + READ_COST * (blockRows + blockCols));
  return products + READ_COST * 4 * blockRows * blockCols * lanesPerBlock / TILES;
}

/** Workgroup memory of a plan: all sites of a tile, and what the last block reads beyond them. */
export function stageVectors({ stride, blockRows, blockCols }: BlockPlan): number {
  return Math.max(LANES * stride + blockRows + blockCols, LANES * blockCols);
}
