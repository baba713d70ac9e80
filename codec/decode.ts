/**
 * The decoder: from the bytes of a file to its image. Reaches no Deno API, no Node built-in and no GPU, so that it runs in a
 * browser or a worker as it is.
 */

import { pixelChecksum } from "../bitstream/checksum.ts";
import { BitstreamError } from "../bitstream/errors.ts";
import type { DecodeLimits } from "../bitstream/limits.ts";
import { latentGrids } from "../bitstream/architecture.ts";
import { readModel, readPartialModel } from "../bitstream/read.ts";
import { withExtras, withReadableExtras } from "./extras.ts";
import type { Image } from "./image.ts";
import { type DecoderChoice, integerBackend } from "./integer_backend.ts";

export { BitstreamError, LimitError } from "../bitstream/errors.ts";
export { type DecodeLimits, DEFAULT_LIMITS } from "../bitstream/limits.ts";
export type { Image, Metadata, MetadataName, SampleArray } from "./image.ts";
export type { DecoderChoice } from "./integer_backend.ts";

/** Options of `decode`. */
export interface DecodeOptions {
  /** Bounds on what decoding may cost; default `DEFAULT_LIMITS`. */
  readonly limits?: DecodeLimits;
  /** Which of the two equal decoders runs; default `auto`. */
  readonly decoder?: DecoderChoice;
}

/**
 * Decodes a file. The result is verified against the checksum in the file.
 *
 * Throws a `BitstreamError` if the file is damaged, cut short or not known to this version, and a `LimitError` if decoding it
 * would go beyond the limits.
 */
export function decode(bytes: Uint8Array, { limits, decoder }: DecodeOptions = {}): Image {
  const backend = integerBackend(decoder);
  const { model, header, pixelChecksum: expected } = readModel(bytes, limits, backend.latentDecoder);
  const image = backend.reconstruct(model);
  const received = pixelChecksum(image.data);
  if (received !== expected) {
    throw new BitstreamError(
      `Cannot decode image: expected pixel checksum ${expected}, received ${received}`,
      bytes.length,
    );
  }
  return withExtras(image, header);
}

/** What a cut or damaged file still shows. */
export interface PartialImage {
  /** As much of it as there is. */
  readonly image: Image;
  /** Nothing is missing: the image is that of the whole file. */
  readonly complete: boolean;
  /**
   * The finest latent level that was read as a whole, 0..12; `undefined` if none was. Of a damaged file that is not shorter it
   * is 1 or more too, since nothing tells such a file from one that was cut off.
   */
  readonly finestLevel: number | undefined;
}

/**
 * Decodes what there is of a file: its coarse grids come first, so the start of a file shows the whole picture, blurred.
 * Throws as `decode` does if the header or the network parameters are not whole.
 */
export function decodePartial(bytes: Uint8Array, { limits, decoder }: DecodeOptions = {}): PartialImage {
  const backend = integerBackend(decoder);
  const { model, header, cut } = readPartialModel(bytes, limits, backend.latentDecoder);
  const picture = backend.reconstruct(model);
  const { image, whole: extrasWhole } = withReadableExtras(picture, header);
  const complete = extrasWhole && cut === undefined && pixelChecksum(picture.data) === header.pixelChecksum;
  const whole = latentGrids(model.architecture, model.shape).slice(0, cut?.grid).filter(({ hyper }) => !hyper);
  return { image, complete, finestLevel: whole.at(-1)?.level };
}
