/** What decoding a file may cost, checked against its header before anything is allocated. */

import { type Architecture, type ImageShape, latentGrids, levelSize, planeCount } from "./architecture.ts";
import { ALPHA_ID } from "./alpha.ts";
import { macPerPixel } from "./complexity.ts";
import { LimitError } from "./errors.ts";
import type { Header } from "./header.ts";
import { synthesisWidths } from "./parameters.ts";
import { isRestored } from "./restoration.ts";

/** Bounds set by the caller of a decoder. */
export interface DecodeLimits {
  /** Width times height. */
  readonly maxPixels: number;
  /** Memory for latents, planes and the image, by `decodeMemoryBytes`. */
  readonly maxBytes: number;
  /** Multiplications for the whole picture, by `macPerPixel`. */
  readonly maxMultiplications: number;
}

/** 67 megapixels, 4 GiB, and five times the multiplications of 67 megapixels with `vhop`: minutes. */
export const DEFAULT_LIMITS: DecodeLimits = {
  maxPixels: 67_108_864,
  maxBytes: 4_294_967_296,
  maxMultiplications: 1e12,
};

/** Image rows that synthesis works on at a time: its hidden planes take memory for a band, not for the image. */
export const SYNTHESIS_BAND_ROWS = 32;

/** An upper estimate of the memory that decoding takes. */
export function decodeMemoryBytes(architecture: Architecture, shape: ImageShape, bitDepth: number): number {
  const width = paddedWidth(shape.width);
  const pixels = width * shape.height;
  const planes = planeCount(architecture, shape);
  const latents = latentGrids(architecture, shape).reduce(
    (sum, grid) => sum + paddedWidth(grid.width) * grid.height,
    0,
  );
  const quarter = paddedWidth(levelSize(shape.width, 1)) * levelSize(shape.height, 1);
  const widest = Math.max(planes, ...synthesisWidths(architecture, shape));
  // A layer's inputs in 16 bits and its sums in 32.
  const band = width * (SYNTHESIS_BAND_ROWS + 2 * architecture.synthesis.length) * 2 * (planes + 3 * widest);
  const i16Values = latents + quarter * (architecture.features + planes) + pixels * (planes + 2);
  return 2 * i16Values + band + pixels * shape.channels * (bitDepth > 8 ? 4 : 1);
}

/** The decoder's rows are whole vectors. */
function paddedWidth(width: number): number {
  return 16 * Math.ceil(width / 16);
}

/** Bytes for a site's class and what it is made of, where it is made of whole planes: with more than 8 bits per sample. */
const SITE_CLASS_BYTES = 32;

/** Memory for what chunks ask for; metadata are bounded by the size of the file (`MAX_METADATA_BYTES` each). */
function extrasMemoryBytes({ extensions, shape, bitDepth }: Pick<Header, "extensions" | "shape" | "bitDepth">): number {
  const alpha = extensions.some(({ id }) => id === ALPHA_ID) ? bitDepth > 8 ? 2 : 1 : 0;
  const restoration = isRestored(extensions) ? 2 * shape.channels + (bitDepth > 8 ? SITE_CLASS_BYTES : 0) : 0;
  return shape.width * shape.height * (alpha + restoration);
}

/** Throws a `LimitError` if a file of this header would go beyond the limits. */
export function checkLimits(
  { architecture, shape, bitDepth, extensions }: Pick<Header, "architecture" | "shape" | "bitDepth" | "extensions">,
  limits: DecodeLimits,
): void {
  const pixels = shape.width * shape.height;
  if (pixels > limits.maxPixels) {
    throw new LimitError(`Cannot decode image: expected at most ${limits.maxPixels} pixels, received ${pixels}`);
  }
  const bytes = decodeMemoryBytes(architecture, shape, bitDepth) + extrasMemoryBytes({ extensions, shape, bitDepth });
  if (bytes > limits.maxBytes) {
    throw new LimitError(`Cannot decode image: expected at most ${limits.maxBytes} bytes of memory, needs ${bytes}`);
  }
  const multiplications = Math.round(
    pixels * macPerPixel(architecture, shape, { restored: isRestored(extensions) }).total,
  );
  if (multiplications > limits.maxMultiplications) {
    throw new LimitError(
      `Cannot decode image: expected at most ${limits.maxMultiplications} multiplications, needs ${multiplications}`,
    );
  }
}
