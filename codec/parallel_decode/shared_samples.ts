/** The samples of an image in bands of rows, one for each thread. */

import type { QuantisedModel } from "../../bitstream/quantised_model.ts";
import type { RowRange } from "../fast_decode/upsampling_rows.ts";

/** What a thread that has the latents needs in order to compute a band. */
export interface BandTask {
  readonly model: Omit<QuantisedModel, "grids">;
  /** The whole image's samples. */
  readonly samples: SharedArrayBuffer;
  readonly rows: RowRange;
}

/** Memory for the samples of an image. */
export function newSamples({ shape, bitDepth }: Omit<QuantisedModel, "grids">): SharedArrayBuffer {
  return new SharedArrayBuffer(shape.width * shape.height * shape.channels * (bitDepth > 8 ? 2 : 1));
}

/** Samples of that depth in a memory. */
export function samplesView(samples: SharedArrayBuffer, bitDepth: number): Uint8Array | Uint16Array {
  return bitDepth > 8 ? new Uint16Array(samples) : new Uint8Array(samples);
}

/** The rows of thread `thread` of `threads`. */
export function bandOf(height: number, thread: number, threads: number): RowRange {
  return { first: Math.floor(height * thread / threads), end: Math.floor(height * (thread + 1) / threads) };
}

/** Puts a band where it belongs. */
export function storeBand(
  samples: Uint8Array | Uint16Array,
  { shape }: QuantisedModel,
  { first }: RowRange,
  band: Uint8Array | Uint16Array,
): void {
  samples.set(band, first * shape.width * shape.channels);
}
