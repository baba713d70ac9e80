/** Inter-grid features row by row, for the grid that is being decoded. Byte-identical to `bitstream/integer_ifce.ts`. */

import { levelSize } from "../../bitstream/architecture.ts";
import type { NetworkParameters } from "../../bitstream/fixed_point.ts";
import { type IntegerIfce, integerIfce } from "../../bitstream/integer_ifce.ts";
import type { ArmLayout } from "./arm_layout.ts";
import { featureVectors, windowPairs } from "./emit_features.ts";
import type { KernelGrid } from "./latent_regions.ts";
import type { MemoryPlan } from "./memory_plan.ts";

/** Half of a Q6 feature's last bit in the Q8 sums. */
const ROUND = 2;
/** A shift that sends every column to site 0. */
export const ONE_SITE = 31;
/** Zeros beside a row of the window: its reach, and what a pair reads beyond it. */
const WINDOW_MARGIN = 4;

/** The features of one main grid. */
export interface FeatureSource {
  readonly ifce: IntegerIfce;
  /** Sites in a row. */
  readonly width: number;
  /** Where the sums start: biases and rounding, i32 `[4 vectors]`. */
  readonly initial: number;
  /** The levels whose latents are read, the finest first; the sums of a level start from those of the next. */
  readonly levels: readonly SourceLevel[];
  /** The window's weights: i16 `[rows, pairs, 4 vectors, 2]`. */
  readonly windowWeights: number;
}

interface SourceLevel {
  readonly width: number;
  /** Indices into `latentGrids`; -1 for no hyper grid. */
  readonly main: number;
  readonly hyper: number;
  /** i16 `[4 vectors, main and hyper]`. */
  readonly weights: number;
  /** Sums of row `row`: i32 `[width, 4 vectors]`. */
  readonly sums: number;
  row: number;
}

type RowFunction = (...args: number[]) => void;

/** Computes features for all grids of a kernel that have an IFCE. */
export class FeatureRows {
  /** Address of the current row's initial sums for the ARM: i32 `[sites, 4 vectors]`. */
  readonly partial: number;
  readonly #sources: (FeatureSource | undefined)[];
  readonly #network: NetworkParameters;
  readonly #grids: readonly KernelGrid[];
  readonly #vectors: number;
  /** Stands for the hyper grid of a level that has none. */
  readonly #zeros: number;
  readonly #reach: number;
  /** The rows of the window around the current row, each with its margins; `#windowStride` bytes apart. */
  readonly #window: number;
  readonly #windowStride: number;
  #memory!: WebAssembly.Memory;
  #ifceRow!: RowFunction;
  #windowRow!: RowFunction;
  #partialRow!: RowFunction;
  #armWeights = 0;

  constructor(network: NetworkParameters, layout: ArmLayout, plan: MemoryPlan, grids: readonly KernelGrid[]) {
    const width = levelSize(network.shape.width, 1);
    this.#network = network;
    this.#grids = grids;
    this.#vectors = featureVectors(layout.features);
    this.partial = plan.reserve(16 * layout.firstVectors * width);
    this.#zeros = plan.reserve(2 * width);
    this.#reach = layout.ifceReach;
    this.#windowStride = 2 * (width + 2 * WINDOW_MARGIN);
    this.#window = plan.reserve((2 * this.#reach + 1) * this.#windowStride);
    const sums = Array.from(
      { length: network.shape.topLevel + 1 },
      (_, level) => level === 0 ? 0 : plan.reserve(16 * this.#vectors * levelSize(network.shape.width, level)),
    );
    this.#sources = grids.map((grid) => {
      const ifce = grid.hyper ? undefined : integerIfce(network, grid.level);
      return ifce && this.#source(ifce, grid.level, plan, sums);
    });
  }

  #source(ifce: IntegerIfce, level: number, plan: MemoryPlan, sums: readonly number[]): FeatureSource {
    const shape = this.#network.shape;
    const grids = this.#grids;
    const levels: SourceLevel[] = [];
    for (let from = level + 1; from <= shape.topLevel; from++) {
      levels.push({
        width: levelSize(shape.width, from),
        main: grids.findIndex((grid) => grid.level === from && !grid.hyper),
        hyper: grids.findIndex((grid) => grid.level === from && grid.hyper),
        weights: plan.reserve(16 * this.#vectors),
        sums: sums[from],
        row: -1,
      });
    }
    const pairs = (2 * this.#reach + 1) * windowPairs(this.#reach);
    return {
      ifce,
      width: levels[0].width,
      initial: plan.reserve(16 * this.#vectors),
      levels,
      windowWeights: plan.reserve(16 * this.#vectors * pairs),
    };
  }

  /** Takes the memory that the plan became, and the functions that run on it. */
  start(memory: WebAssembly.Memory, functions: WebAssembly.Exports, armWeights: number): void {
    this.#memory = memory;
    this.#ifceRow = functions.ifceRow as RowFunction;
    this.#windowRow = functions.windowRow as RowFunction;
    this.#partialRow = functions.partialRow as RowFunction;
    this.#armWeights = armWeights;
    for (const source of this.#sources) {
      if (!source) continue;
      writeIfce(memory, source);
      if (this.#reach > 0) this.#writeWindow(source);
    }
  }

  /** The features that grid g reads; `undefined` if it has none. */
  source(g: number): FeatureSource | undefined {
    return this.#sources[g];
  }

  /** To be called before a grid's first row: the sums' memory has served another grid. */
  restart(source: FeatureSource): void {
    for (const level of source.levels) level.row = -1;
  }

  /** Computes `partial` for feature row y. */
  compute(source: FeatureSource, y: number): void {
    this.#sumLevel(source, 0, y);
    this.#partialRow(source.width, this.partial, source.levels[0].sums, this.#armWeights);
  }

  /** Makes the sums of `levels[l]` those of row y. */
  #sumLevel(source: FeatureSource, l: number, y: number): void {
    const level = source.levels[l];
    if (level.row === y) return;
    const coarser = source.levels[l + 1];
    if (coarser) this.#sumLevel(source, l + 1, y >> 1);
    const [from, shift] = coarser ? [coarser.sums, 1] : [source.initial, ONE_SITE];
    const row = (g: number) => g < 0 ? this.#zeros : this.#grids[g].address + 2 * y * level.width;
    this.#ifceRow(level.width, level.sums, from, shift, row(level.main), row(level.hyper), level.weights);
    if (l === 0 && this.#reach > 0) this.#addWindow(source, y);
    level.row = y;
  }

  /** Adds the window's part to the sums of row y of `levels[0]`. */
  #addWindow({ levels: [level], windowWeights }: FeatureSource, y: number): void {
    const { address, height } = this.#grids[level.main];
    const stride = this.#windowStride;
    const rows = new Int16Array(this.#memory.buffer, this.#window, (2 * this.#reach + 1) * stride / 2);
    rows.fill(0);
    for (let r = 0; r <= 2 * this.#reach; r++) {
      const row = y + r - this.#reach;
      if (row < 0 || row >= height) continue;
      const latents = new Int16Array(this.#memory.buffer, address + 2 * row * level.width, level.width);
      rows.set(latents, r * stride / 2 + WINDOW_MARGIN);
    }
    const first = this.#window + 2 * (WINDOW_MARGIN - this.#reach);
    this.#windowRow(level.width, level.sums, first, stride, windowWeights);
  }

  /** Writes the weights of the window; that of the co-located site, which `ifceRow` has, is 0. */
  #writeWindow({ ifce: { inputs, window, weights, biases }, windowWeights }: FeatureSource): void {
    const [reach, lanes] = [this.#reach, 8 * this.#vectors];
    const pairs = new Int16Array(this.#memory.buffer, windowWeights, (2 * reach + 1) * windowPairs(reach) * lanes);
    window.forEach(([dy, dx], j) => {
      const [row, column] = [dy + reach, dx + reach];
      const pair = row * windowPairs(reach) + (column >> 1);
      biases.forEach((_, f) => {
        pairs[pair * lanes + 2 * f + (column & 1)] = weights[f * (inputs.length + window.length) + inputs.length + j];
      });
    });
  }
}

/** Writes where the sums start, and each level's weights in pairs of main and hyper grid. */
function writeIfce(memory: WebAssembly.Memory, source: FeatureSource): void {
  const { inputs, window, weights, biases } = source.ifce;
  new Int32Array(memory.buffer, source.initial, biases.length).set(biases.map((bias) => bias + ROUND));
  for (const { main, hyper, weights: address } of source.levels) {
    const pairs = new Int16Array(memory.buffer, address, 2 * biases.length);
    biases.forEach((_, f) => {
      const row = f * (inputs.length + window.length);
      pairs[2 * f] = weights[row + inputs.indexOf(main)];
      pairs[2 * f + 1] = hyper < 0 ? 0 : weights[row + inputs.indexOf(hyper)];
    });
  }
}
