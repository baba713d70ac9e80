/** The synthesis of a model in a WebAssembly memory, fed with upsampled rows from top to bottom. */

import type { QuantisedModel } from "../../bitstream/quantised_model.ts";
import { BLOCK_PIXELS } from "./emit_synthesis.ts";
import type { MemoryPlan } from "./memory_plan.ts";
import type { RowRange } from "./upsampling_rows.ts";
import {
  type LayerLayout,
  MARGIN_PIXELS,
  PAIR_BYTES,
  pairsOf,
  STRIP_PIXELS,
  synthesisLayout,
  TILE_PIXELS,
  TILE_STRIDE,
  WIDE_STRIDE,
  writeLayerWeights,
} from "./synthesis_layout.ts";

type RowFunction = (...args: number[]) => void;
/** Rows kept for a 3x3 layer. */
const RING_ROWS = 3;
/** Vector stores go at most so far beyond the last sample. */
const IMAGE_SLACK_BYTES = 64;

/** Columns [left, right) of the image, and what is computed of them: pixels [start, end) of a strip row. */
interface Strip {
  readonly left: number;
  readonly right: number;
  readonly start: number;
  readonly end: number;
  /** The strip row has the image's first (last) column at `start` (`end - 1`), to be continued. */
  readonly leftEdge: boolean;
  readonly rightEdge: boolean;
}

/** The last rows of some planes, for each strip. */
interface Ring {
  readonly address: number;
  readonly rows: number;
  readonly pairs: number;
}

/** Layers that are run together on a row: any first one, then 1x1 layers. */
interface Segment {
  readonly layers: readonly number[];
  readonly input: Ring;
  /** `undefined`: the image. */
  readonly output: Ring | undefined;
  /** The next row. */
  done: number;
}

/** Turns rows of upsampled planes into rows of samples. */
export class SynthesisRows {
  /** Address of the samples. */
  readonly image: number;
  readonly layers: readonly LayerLayout[];
  readonly #model: QuantisedModel;
  readonly #rows: RowRange;
  readonly #strips: readonly Strip[];
  readonly #planes: Ring;
  readonly #segments: readonly Segment[];
  readonly #weights: readonly number[];
  readonly #tiles: readonly [number, number];
  readonly #zeros: number;
  #functions!: Record<string, RowFunction>;

  /** For an image that consists of these rows. */
  constructor(model: QuantisedModel, plan: MemoryPlan, rows: RowRange) {
    const { width, channels } = model.shape;
    this.#model = model;
    this.#rows = rows;
    this.layers = synthesisLayout(model);
    this.#strips = stripsOf(width);
    this.#weights = this.layers.map(({ weightBytes }) => plan.reserve(weightBytes));
    const widest = Math.max(...this.layers.map(({ outputs }) => pairsOf(outputs)));
    this.#tiles = [plan.reserve(widest * TILE_STRIDE), plan.reserve(widest * TILE_STRIDE)];
    this.#zeros = plan.reserve(2 * width + 2 * STRIP_PIXELS);
    // The stabiliser reads the planes of a row that the last of the 3x3 layers has come to.
    const depth = 2 + this.layers.filter(({ kernel }) => kernel === 3).length;
    this.#planes = this.#ring(plan, this.layers[0].inputs, depth);
    this.#segments = this.#split(plan);
    const samples = width * (rows.end - rows.first) * channels;
    this.image = plan.reserve(samples * (model.bitDepth > 8 ? 2 : 1) + IMAGE_SLACK_BYTES);
  }

  #ring(plan: MemoryPlan, planes: number, rows: number): Ring {
    const pairs = pairsOf(planes);
    return { address: plan.reserve(this.#strips.length * rows * pairs * WIDE_STRIDE), rows, pairs };
  }

  #split(plan: MemoryPlan): Segment[] {
    const segments: Segment[] = [];
    let layers: number[] = [];
    let input = this.#planes;
    this.layers.forEach(({ outputs, last }, l) => {
      layers.push(l);
      if (!last && this.layers[l + 1].kernel === 1) return;
      const output = last ? undefined : this.#ring(plan, outputs, RING_ROWS);
      segments.push({ layers, input, output, done: this.#rows.first });
      layers = [];
      if (output) input = output;
    });
    return segments;
  }

  /** Loads the weights. */
  start(memory: WebAssembly.Memory, functions: WebAssembly.Exports): void {
    this.#functions = functions as Record<string, RowFunction>;
    this.layers.forEach((_, l) => writeLayerWeights(memory, this.#weights[l], this.#model, this.layers, l));
  }

  /** Takes row y of all upsampled planes (addresses) and computes every row of every layer that can be computed now. */
  addRow(y: number, lines: readonly number[]): void {
    this.#strips.forEach((strip, s) => this.#interleave(strip, slot(this.#planes, s, y), lines));
    this.#advance(0, y + 1);
  }

  /**
   * Runs segment i on all rows whose input is there, given that it ends before row `available`. Later segments follow after each
   * row, before the ring between them wraps.
   */
  #advance(i: number, available: number): void {
    const segment = this.#segments[i];
    if (!segment) return;
    const halo = this.layers[segment.layers[0]].kernel >> 1;
    const bottom = this.#rows.end - 1;
    while (segment.done <= bottom && Math.min(segment.done + halo, bottom) < available) {
      this.#strips.forEach((strip, s) => this.#runSegment(segment, strip, s));
      segment.done++;
      this.#advance(i + 1, segment.done);
    }
  }

  #interleave(strip: Strip, row: number, lines: readonly number[]): void {
    const { left, start, end } = strip;
    const first = 2 * (left - MARGIN_PIXELS + start);
    for (let pair = 0; pair < this.#planes.pairs; pair++) {
      const to = row + pair * WIDE_STRIDE + start * PAIR_BYTES;
      const second = lines[2 * pair + 1] ?? this.#zeros;
      this.#functions.interleaveRow(to, lines[2 * pair] + first, second + first, end - start);
    }
    this.#continueEdges(strip, row, this.#planes.pairs);
  }

  /** Repeats the image's border samples beside a strip row. */
  #continueEdges({ start, end, leftEdge, rightEdge }: Strip, row: number, pairs: number): void {
    const at = (pixel: number) => row + pixel * PAIR_BYTES;
    if (leftEdge) this.#functions.copyPixel(at(start - 1), at(start), pairs);
    if (rightEdge) this.#functions.copyPixel(at(end), at(end - 1), pairs);
  }

  /** Computes row `segment.done` of a strip. */
  #runSegment(segment: Segment, strip: Strip, s: number): void {
    const { layers, output, done: y } = segment;
    const toImage = output === undefined;
    const start = toImage ? MARGIN_PIXELS : strip.start;
    const end = toImage ? MARGIN_PIXELS + strip.right - strip.left : strip.end;
    const step = layers.length > 1 ? TILE_PIXELS : end - start;
    for (let pixel = start; pixel < end; pixel += step) {
      const blocks = Math.ceil(Math.min(step, end - pixel) / BLOCK_PIXELS);
      this.#runTile(segment, { strip, s, pixel, blocks });
    }
    if (output) this.#continueEdges(strip, slot(output, s, y), output.pairs);
  }

  #runTile(
    { layers, input, output, done: y }: Segment,
    { strip, s, pixel, blocks }: { strip: Strip; s: number; pixel: number; blocks: number },
  ): void {
    const { width, channels } = this.#model.shape;
    const { first, end } = this.#rows;
    const offset = pixel * PAIR_BYTES;
    const planes = slot(this.#planes, s, y) + offset;
    layers.forEach((l, i) => {
      const { kernel, last, bitDepth } = this.layers[l];
      const column = strip.left + pixel - MARGIN_PIXELS;
      const to = last
        ? this.image + ((y - first) * width + column) * channels * (bitDepth > 8 ? 2 : 1)
        : i === layers.length - 1
        ? slot(output!, s, y) + offset
        : this.#tiles[i & 1];
      const row = (n: number) =>
        i > 0
          ? this.#tiles[(i - 1) & 1]
          : slot(input, s, Math.min(Math.max(n, first), end - 1)) + offset - (kernel >> 1) * PAIR_BYTES;
      this.#functions[`layer${l}`](to, row(y - 1), row(y), row(y + 1), planes, this.#weights[l], blocks);
    });
  }
}

/** Address of row y of a strip in a ring. */
function slot({ address, rows, pairs }: Ring, strip: number, y: number): number {
  return address + (strip * rows + y % rows) * pairs * WIDE_STRIDE;
}

function stripsOf(width: number): Strip[] {
  const strips: Strip[] = [];
  for (let left = 0; left < width; left += STRIP_PIXELS) {
    const right = Math.min(left + STRIP_PIXELS, width);
    const start = left === 0 ? MARGIN_PIXELS : 0;
    const imageEnd = MARGIN_PIXELS + width - left;
    const end = Math.min(MARGIN_PIXELS + right - left + MARGIN_PIXELS, imageEnd);
    strips.push({ left, right, start, end, leftEdge: left === 0, rightEdge: end === imageEnd });
  }
  return strips;
}
