/**
 * The decoder: from the bytes of a file to its image. Reaches no Deno API, no Node built-in and no GPU, so that it runs in a
 * browser or a worker as it is.
 */

import { pixelChecksum } from "../bitstream/checksum.ts";
import { BitstreamError } from "../bitstream/errors.ts";
import type { DecodeLimits } from "../bitstream/limits.ts";
import { readModel } from "../bitstream/read.ts";
import type { Image } from "./image.ts";
import { reconstruct } from "./reconstruct.ts";

export { BitstreamError, LimitError } from "../bitstream/errors.ts";
export { type DecodeLimits, DEFAULT_LIMITS } from "../bitstream/limits.ts";
export type { Image } from "./image.ts";

/** Options of `decode`. */
export interface DecodeOptions {
  /** Bounds on what decoding may cost; default `DEFAULT_LIMITS`. */
  readonly limits?: DecodeLimits;
}

/**
 * Decodes a file. The result is verified against the checksum in the file.
 *
 * Throws a `BitstreamError` if the file is damaged, cut short or not known to this version, and a `LimitError` if decoding it
 * would go beyond the limits.
 */
export function decode(bytes: Uint8Array, { limits }: DecodeOptions = {}): Image {
  const { model, pixelChecksum: expected } = readModel(bytes, limits);
  const image = reconstruct(model);
  const received = pixelChecksum(image.data);
  if (received !== expected) {
    throw new BitstreamError(
      `Cannot decode image: expected pixel checksum ${expected}, received ${received}`,
      bytes.length,
    );
  }
  return image;
}
