/** Pixels, as the codec takes and gives them. */

/** An image: rows of interleaved samples. */
export interface Image {
  /** Pixels, 1..65535. */
  readonly width: number;
  /** Pixels, 1..65535. */
  readonly height: number;
  /** Samples per pixel: 1 (gray) or 3 (red, green, blue). */
  readonly channels: number;
  /** Bits per sample, 8..16; values are 0..2^bitDepth-1. */
  readonly bitDepth: number;
  /** `[height, width, channels]`; 8-bit samples in a `Uint8Array`, deeper ones in a `Uint16Array`. */
  readonly data: Uint8Array | Uint16Array;
}
