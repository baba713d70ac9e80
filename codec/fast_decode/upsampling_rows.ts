/** The upsampled planes of a model in a WebAssembly memory: coarse levels as whole planes, the finest row by row. */

import { type ImageShape, levelSize, synthesisedGrids } from "../../bitstream/architecture.ts";
import { clampI16, scaledTensors } from "../../bitstream/fixed_point.ts";
import { PREFILTER_TAPS, UPSAMPLING_TAPS } from "../../bitstream/parameters.ts";
import type { QuantisedModel } from "../../bitstream/quantised_model.ts";
import { doublingPairs, LINE_MARGIN_BYTES, prefilterPairs, TAPS_BYTES, writeTaps } from "./emit_upsampling.ts";
import type { MemoryPlan } from "./memory_plan.ts";

type RowFunction = (...args: number[]) => void;
/** Functions of `emitUpsamplingFunctions`. */
type Functions = Record<"scaleRow" | "doubleRow" | "prefilterRow", RowFunction>;

/** A plane of i16 in memory. Rows have room for the vector stores that go beyond their ends. */
interface KernelPlane {
  readonly width: number;
  readonly height: number;
  readonly address: number;
  readonly stride: number;
}

/** Rows `first` to `end - 1`. */
export interface RowRange {
  readonly first: number;
  readonly end: number;
}

/** Rows of the coarser plane that an output row is filtered from, on either side of the middle one; likewise `prefilterRow`. */
const [DOUBLING_REACH, PREFILTER_REACH] = [2, 3];

/** Computes upsampled rows. */
export class UpsamplingRows {
  /** Addresses of the finest level's current row, one per plane, in the order of `synthesisedGrids`. */
  readonly lines: readonly number[];
  readonly #model: QuantisedModel;
  /** The synthesised grids, as indices into `latentGrids`, by level. */
  readonly #grids: readonly (readonly number[])[];
  /** Their latents as they are, and scaled to planes, by level. */
  readonly #latents: readonly KernelPlane[][];
  readonly #scaled: readonly KernelPlane[][];
  /** The planes of each level from 1 on, those of the level's own grids first. */
  readonly #levels: readonly KernelPlane[][];
  readonly #taps: readonly number[];
  readonly #prefilters: readonly number[];
  readonly #zeros: number;
  readonly #line: number;
  /** The rows of each level that are computed. */
  readonly #rows: readonly RowRange[];
  #functions!: Functions;

  /** For computing some rows of the image. */
  constructor(model: QuantisedModel, plan: MemoryPlan, rows: RowRange) {
    const { topLevel, width } = model.shape;
    const levels = Array.from({ length: topLevel + 1 }, (_, level) => level);
    const lineBytes = 2 * LINE_MARGIN_BYTES + rowBytes(width);
    this.#model = model;
    this.#rows = rangesOf(rows, model.shape);
    this.#grids = synthesisedGrids(model.architecture, model.shape);
    this.#latents = this.#grids.map((grids, level) =>
      grids.map(() => this.#plane(plan, level, 2 * levelSize(width, level)))
    );
    this.#scaled = this.#grids.map((grids, level) => grids.map(() => this.#plane(plan, level)));
    this.#levels = levels.map((level) => this.#planesOf(level, plan));
    this.#taps = levels.map(() => plan.reserve(TAPS_BYTES));
    this.#prefilters = levels.map(() => plan.reserve(TAPS_BYTES));
    this.#zeros = plan.reserve(lineBytes);
    this.#line = plan.reserve(lineBytes) + LINE_MARGIN_BYTES;
    this.lines = this.#grids.flat().map(() => plan.reserve(lineBytes));
  }

  /** Level `level`'s planes; the coarsest level has only its own grids, and the finest is made of rows. */
  #planesOf(level: number, plan: MemoryPlan): KernelPlane[] {
    const { topLevel } = this.#model.shape;
    if (level === 0) return [];
    if (level === topLevel) return this.#scaled[level];
    return this.#grids.slice(level).flat().map(() => this.#plane(plan, level));
  }

  #plane(plan: MemoryPlan, level: number, stride?: number): KernelPlane {
    const { width, height } = this.#model.shape;
    const [w, h] = [levelSize(width, level), levelSize(height, level)];
    const bytes = stride ?? rowBytes(w);
    return { width: w, height: h, address: plan.reserve(bytes * h), stride: bytes };
  }

  /** Loads latents and taps and computes all planes down to level 1. */
  start(memory: WebAssembly.Memory, functions: WebAssembly.Exports): void {
    this.#functions = functions as Functions;
    this.#loadTaps(memory);
    this.#loadLatents(memory);
    for (let level = this.#model.shape.topLevel - 1; level >= 1; level--) {
      const planes = this.#levels[level];
      for (let y = this.#rows[level].first; y < this.#rows[level].end; y++) {
        this.#computeRow(level, y, planes.map(({ address, stride }) => address + y * stride));
      }
    }
  }

  /** Computes `lines` for row y of the image. */
  computeRow(y: number): void {
    if (this.#model.shape.topLevel > 0) return this.#computeRow(0, y, this.lines);
    this.#latents[0].forEach(({ address, stride, width }, i) => {
      this.#functions.scaleRow(this.lines[i], address + y * stride, width, this.#model.fixedPoint.planeBits);
    });
  }

  #computeRow(level: number, y: number, to: readonly number[]): void {
    const own = this.#scaled[level];
    own.forEach((plane, i) => this.#prefilterRow(plane, y, to[i], this.#prefilters[level]));
    this.#levels[level + 1].forEach((plane, i) => this.#doubleRow(plane, y, to[own.length + i], this.#taps[level]));
  }

  #prefilterRow({ address, stride, width, height }: KernelPlane, y: number, to: number, taps: number): void {
    const row = (n: number) => n < 0 || n >= height ? this.#zeros : address + n * stride;
    const rows = [-3, -2, -1, 0, 1, 2, 3].map((dy) => row(y + dy));
    this.#functions.prefilterRow(to, ...rows, width, taps, this.#line);
  }

  #doubleRow({ address, stride, width, height }: KernelPlane, y: number, to: number, taps: number): void {
    const [middle, side] = [y >> 1, y & 1 ? -1 : 1];
    const row = (n: number) => address + Math.min(Math.max(n, 0), height - 1) * stride;
    const rows = [middle, middle + side, middle - side, middle - 2 * side].map(row);
    this.#functions.doubleRow(to, ...rows, width, taps, this.#line);
  }

  #loadTaps(memory: WebAssembly.Memory): void {
    const { topLevel } = this.#model.shape;
    const tensors = scaledTensors(this.#model);
    const row = (name: string, index: number, length: number) =>
      [...tensors.get(name)!.subarray(index * length, (index + 1) * length)].map(clampI16);
    for (let level = 0; level < topLevel; level++) {
      const taps = row("upsampling.taps", topLevel - 1 - level, UPSAMPLING_TAPS);
      writeTaps(memory, this.#taps[level], doublingPairs(taps));
      const prefilter = row("upsampling.prefilter", level, PREFILTER_TAPS);
      writeTaps(memory, this.#prefilters[level], prefilterPairs(prefilter));
    }
  }

  #loadLatents(memory: WebAssembly.Memory): void {
    this.#grids.forEach((indices, level) => indices.forEach((g, i) => this.#loadGrid(memory, level, i, g)));
  }

  /** Loads and scales latent grid `g`, the `i`-th synthesised one of its level. */
  #loadGrid(memory: WebAssembly.Memory, level: number, i: number, g: number): void {
    const { grids, fixedPoint } = this.#model;
    const [from, to] = [this.#latents[level][i], this.#scaled[level][i]];
    const { first, end } = this.#rows[level];
    const top = Math.max(first - PREFILTER_REACH, 0);
    const bottom = Math.min(end + PREFILTER_REACH, from.height);
    const start = from.address + top * from.stride;
    const latents = grids[g].subarray(top * from.width, bottom * from.width);
    new Int16Array(memory.buffer, start, latents.length).set(latents);
    for (let y = top; y < bottom; y++) {
      const row = to.address + y * to.stride;
      this.#functions.scaleRow(row, from.address + y * from.stride, from.width, fixedPoint.planeBits);
    }
  }
}

/** The rows of each level that some rows of the image are made of. */
function rangesOf(rows: RowRange, { topLevel, height }: ImageShape): RowRange[] {
  const ranges = [rows];
  for (let level = 1; level <= topLevel; level++) {
    const { first, end } = ranges[level - 1];
    ranges.push({
      first: Math.max((first >> 1) - DOUBLING_REACH, 0),
      end: Math.min(((end - 1) >> 1) + DOUBLING_REACH + 1, levelSize(height, level)),
    });
  }
  return ranges;
}

/** Bytes of a row of i16 with the room that `doubleRow` needs: it writes 16 samples at a time. */
function rowBytes(width: number): number {
  return 2 * Math.ceil(width / 16) * 16;
}
