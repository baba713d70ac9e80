/**
 * The waist of the codec: all that a file says about an image, as integers.
 *
 * Training ends in a `QuantisedModel`; writing, reading and reconstruction are exact functions of it.
 */

import type { Architecture, ImageShape } from "./architecture.ts";
import type { LearnedDefaults } from "./defaults.ts";
import type { Restoration } from "./restoration.ts";

/** Fractional bits of the fixed-point planes of the reconstruction, each 4..13. */
export interface FixedPoint {
  /** Upsampled latent planes. */
  readonly planeBits: number;
  /** Output of each synthesis layer but the last. */
  readonly layerBits: readonly number[];
}

/** An image as integers: latents, network parameters and the fields of the header. */
export interface QuantisedModel {
  readonly shape: ImageShape;
  /** Bits per sample of the decoded image, 8..16. */
  readonly bitDepth: number;
  readonly architecture: Architecture;
  readonly fixedPoint: FixedPoint;
  /** Quantisation step exponent of each parameter group: step `2^-stepBits`, 0..`maxStepBits`. */
  readonly stepBits: readonly number[];
  /**
   * All parameters in units of their group's step, in the order of `parameterGroups`; with `defaults`, their differences from
   * them.
   */
  readonly parameters: Int32Array;
  /** Learned defaults; absent: there are none. */
  readonly defaults?: LearnedDefaults | undefined;
  /** Latent values of each grid of `latentGrids`, row-major, each -32768..32767. */
  readonly grids: readonly Int16Array[];
  /** Filter of the samples; absent: there is none. */
  readonly restoration?: Restoration | undefined;
  /** Entropy-coded streams the latent rows are dealt to (row y in stream `y mod streams`), 1..8. */
  readonly streams: number;
}
