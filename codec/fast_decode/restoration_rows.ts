/** The restoration filter of an 8-bit picture in a WebAssembly memory, run from top to bottom. */

import { PAIRS, type Restoration, restorationWeights } from "../../bitstream/restoration.ts";
import type { Image } from "../image.ts";
import { activityLimits } from "../reconstruct/site_classes.ts";
import { RESTORATION_REACH } from "../reconstruct/restoration.ts";
import { DIFFERENCES, LINE_MARGIN_BYTES } from "./emit_restoration.ts";
import type { MemoryPlan } from "./memory_plan.ts";

type RowFunction = (...args: number[]) => void;
/** Functions of `emitRestorationFunctions`. */
type Functions = Record<
  "splitRow" | "differenceRow" | "sumRow" | "classRow" | "weightRow" | "filterRow",
  RowFunction
>;

/** Rows of lines that are kept: a restored row reads five, and differences of three that read as many. */
const RING_ROWS = 2 * RESTORATION_REACH + 2;
/** Vector stores go at most so far beyond the last sample. */
const SLACK_BYTES = 64;

type PictureSize = Pick<Image, "width" | "height" | "channels">;

/** Turns fine samples into 8-bit samples. */
export class RestorationRows {
  /** Address of the fine samples, and of the restored ones. */
  readonly fine: number;
  readonly image: number;
  readonly #size: PictureSize;
  /** What `restorationWeights` and `activityLimits` give for the filter. */
  readonly #values: { readonly weights: Int16Array; readonly limits: readonly number[] };
  /** Bytes from one line to the next, and from one row of them to the next. */
  readonly #line: number;
  readonly #samples: number;
  readonly #differences: number;
  readonly #sums: number;
  readonly #places: number;
  readonly #siteWeights: number;
  readonly #weights: number;
  readonly #limits: number;
  #functions!: Functions;

  constructor(plan: MemoryPlan, restoration: Restoration, size: PictureSize) {
    const { width, height, channels } = size;
    this.#size = size;
    const [weights, limits] = [restorationWeights(restoration.strengths), activityLimits(restoration.noise)];
    this.#values = { weights, limits };
    this.#line = 2 * LINE_MARGIN_BYTES + 16 * Math.ceil(width / 8) + 16;
    const lines = (count: number) => plan.reserve(count * this.#line) + LINE_MARGIN_BYTES;
    this.#samples = lines(RING_ROWS * (channels + 1));
    this.#differences = lines(DIFFERENCES.length);
    this.#sums = lines(RING_ROWS * DIFFERENCES.length);
    this.#places = lines(1);
    this.#siteWeights = plan.reserve(PAIRS * this.#line);
    this.#weights = plan.reserve(weights.byteLength);
    this.#limits = plan.reserve(2 * limits.length);
    this.fine = plan.reserve(2 * width * height * channels + SLACK_BYTES);
    this.image = plan.reserve(width * height * channels + SLACK_BYTES);
  }

  /** Loads the weights. */
  start(memory: WebAssembly.Memory, functions: WebAssembly.Exports): void {
    this.#functions = functions as Functions;
    const { weights, limits } = this.#values;
    new Int16Array(memory.buffer, this.#weights, weights.length).set(weights);
    new Uint16Array(memory.buffer, this.#limits, limits.length).set(limits);
  }

  /** Restores all rows. */
  run(): void {
    const { width, height, channels } = this.#size;
    for (let y = 0; y < height + RESTORATION_REACH; y++) {
      if (y < height) {
        this.#functions.splitRow(this.fine + 2 * y * width * channels, this.#row(y), this.#line, width);
      }
      if (y >= 1 && y <= height) this.#sumDifferences(y - 1);
      if (y >= RESTORATION_REACH) this.#restoreRow(y - RESTORATION_REACH);
    }
  }

  /** Sums of the differences of a row whose neighbours are there. */
  #sumDifferences(y: number): void {
    const { width, channels } = this.#size;
    const [up, middle, down] = this.#around(y, 1).map((row) => row + channels * this.#line);
    this.#functions.differenceRow(up, middle, down, this.#differences, this.#line, width);
    this.#functions.sumRow(this.#differences, this.#sumsOf(y), this.#line, width);
  }

  #restoreRow(y: number): void {
    const { width, height, channels } = this.#size;
    const rows = around(y, 1, height).map((row) => this.#sumsOf(row));
    const functions = this.#functions;
    functions.classRow(...rows, this.#places, this.#line, this.#limits, width);
    functions.weightRow(this.#places, this.#weights, this.#siteWeights, this.#line, width);
    const to = this.image + y * width * channels;
    functions.filterRow(...this.#around(y, 2), this.#siteWeights, to, this.#line, width);
  }

  /** The first lines of the rows around y. */
  #around(y: number, reach: number): number[] {
    return around(y, reach, this.#size.height).map((row) => this.#row(row));
  }

  /** The first line of row y: of its first channel, of its first kind of sums. */
  #row(y: number): number {
    return this.#samples + (y % RING_ROWS) * (this.#size.channels + 1) * this.#line;
  }

  #sumsOf(y: number): number {
    return this.#sums + (y % RING_ROWS) * DIFFERENCES.length * this.#line;
  }
}

/** The rows from y - reach to y + reach; the picture continues by its border. */
function around(y: number, reach: number, height: number): number[] {
  return Array.from({ length: 2 * reach + 1 }, (_, i) => Math.min(Math.max(y + i - reach, 0), height - 1));
}
