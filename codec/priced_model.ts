/** A quantised model with the price of every latent and the error of every pixel, as the decoder will have them. */

import { latentGrids } from "../bitstream/architecture.ts";
import type { QuantisedModel } from "../bitstream/quantised_model.ts";
import type { Image } from "./image.ts";
import { integerBackend } from "./integer_backend.ts";
import { squaredErrorBits } from "./model_cost.ts";
import { latentCostBits } from "./symbol_cost.ts";

/** A step of one latent. */
export interface Move {
  /** Row-major index in its grid. */
  readonly index: number;
  /** -1 or 1. */
  readonly delta: number;
}

/** How far around a latent, in sites of its grid, a step of it is priced. */
export const WINDOW_REACH = 4;

/** A main grid. */
interface MainGrid {
  readonly width: number;
  readonly height: number;
  /** Index into `latentGrids`. */
  readonly index: number;
}

/** What the decoder makes of latents. */
interface Decoded {
  /** For each latent of every grid. */
  readonly predictions: Int32Array[];
  readonly samples: Image["data"];
}

/** Half-open ranges of rows and columns. */
interface Window {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/** Parts of the picture, and of the main grids of levels 0 and up. */
interface Windows {
  readonly picture: Window;
  readonly grids: readonly Window[];
}

/** See the file's comment. Holds the model's own grids: moves that pay change them. */
export class PricedModel {
  readonly #model: QuantisedModel;
  readonly #image: Image;
  /** Bits that a squared error of 1 in sample units is worth. */
  readonly #errorWeight: number;
  /** Main grids by level. */
  readonly #levels: readonly MainGrid[];
  #predictions: Int32Array[] = [];
  /** Bits of every latent of every grid. */
  #bits: Float64Array[] = [];
  /** Error of every pixel, in bits. */
  #error = new Float64Array(0);

  constructor(model: QuantisedModel, image: Image, lambda: number) {
    this.#model = model;
    this.#image = image;
    this.#errorWeight = squaredErrorBits(image, lambda);
    const grids = latentGrids(model.architecture, model.shape).map((grid, index) => ({ ...grid, index }));
    this.#levels = grids.filter(({ hyper }) => !hyper).sort((a, b) => a.level - b.level);
    this.refresh();
  }

  /** Latents of the main grid of a level: the model's. */
  gridOf(level: number): Int16Array {
    return this.#model.grids[this.#levels[level].index];
  }

  /** Their predictions. */
  predictionsOf(level: number): Int32Array {
    return this.#predictions[this.#levels[level].index];
  }

  /** Size of that grid. */
  sizeOf(level: number): { readonly width: number; readonly height: number } {
    return this.#levels[level];
  }

  /** Prices everything anew. */
  refresh(): void {
    const { predictions, samples } = this.#decode();
    this.#predictions = predictions;
    this.#bits = this.#model.grids.map((latents, g) =>
      Float64Array.from(latents, (value, i) => latentCostBits(value, predictions[g][i]))
    );
    this.#error = new Float64Array(this.#image.width * this.#image.height);
    for (let pixel = 0; pixel < this.#error.length; pixel++) this.#error[pixel] = this.#errorAt(samples, pixel);
  }

  /** Latent bits and distortion, in bits. */
  cost(): number {
    const sum = (values: Float64Array) => values.reduce((a, b) => a + b, 0);
    return this.#bits.reduce((total, bits) => total + sum(bits), sum(this.#error));
  }

  /** Makes those moves of a level that lower the cost of what is around them; their windows must not overlap. */
  tryMoves(level: number, moves: readonly Move[]): void {
    const latents = this.gridOf(level);
    for (const { index, delta } of moves) latents[index] += delta;
    const decoded = this.#decode();
    for (const { index, delta } of moves) {
      const windows = this.#windows(level, index);
      if (this.#change(windows, decoded) < 0) this.#accept(windows, decoded);
      else latents[index] -= delta;
    }
  }

  #decode(): Decoded {
    const { latentPredictor, reconstruct } = integerBackend();
    return {
      predictions: latentPredictor(this.#model, this.#model.grids),
      samples: reconstruct(this.#model).data,
    };
  }

  /** The part of the picture around a latent, and of each grid that its value has a part in: levels 0 to its own. */
  #windows(level: number, index: number): Windows {
    const { width } = this.#levels[level];
    const [y, x] = [Math.floor(index / width), index % width];
    const within = (size: { width: number; height: number }, shift: number): Window => ({
      top: Math.max(0, (y - WINDOW_REACH) << shift),
      bottom: Math.min(size.height, (y + WINDOW_REACH + 1) << shift),
      left: Math.max(0, (x - WINDOW_REACH) << shift),
      right: Math.min(size.width, (x + WINDOW_REACH + 1) << shift),
    });
    const finer = this.#levels.slice(0, level + 1);
    return { picture: within(this.#image, level), grids: finer.map((grid, l) => within(grid, level - l)) };
  }

  /** By how much the cost inside the windows changes. */
  #change({ picture, grids }: Windows, { predictions, samples }: Decoded): number {
    let change = 0;
    forEachSite(picture, this.#image.width, (i) => change += this.#errorAt(samples, i) - this.#error[i]);
    grids.forEach((window, level) => {
      const { index, width } = this.#levels[level];
      const [latents, next, bits] = [this.#model.grids[index], predictions[index], this.#bits[index]];
      forEachSite(window, width, (i) => change += latentCostBits(latents[i], next[i]) - bits[i]);
    });
    return change;
  }

  /** Takes over what is inside the windows. */
  #accept({ picture, grids }: Windows, { predictions, samples }: Decoded): void {
    forEachSite(picture, this.#image.width, (i) => this.#error[i] = this.#errorAt(samples, i));
    grids.forEach((window, level) => {
      const { index, width } = this.#levels[level];
      const [latents, next] = [this.#model.grids[index], predictions[index]];
      forEachSite(window, width, (i) => {
        this.#predictions[index][i] = next[i];
        this.#bits[index][i] = latentCostBits(latents[i], next[i]);
      });
    });
  }

  #errorAt(samples: Image["data"], pixel: number): number {
    const { channels, data } = this.#image;
    let sum = 0;
    for (let i = pixel * channels; i < (pixel + 1) * channels; i++) sum += (samples[i] - data[i]) ** 2;
    return sum * this.#errorWeight;
  }
}

function forEachSite({ top, bottom, left, right }: Window, width: number, visit: (index: number) => void): void {
  for (let y = top; y < bottom; y++) {
    for (let i = y * width + left; i < y * width + right; i++) visit(i);
  }
}
