/** The encoder as programs use it: pixels or a picture file in, one device for many pictures. */

import { encode as encodeImage } from "../codec/encode.ts";
import type { Image } from "../codec/image.ts";
import { ALTERNATIVES, type EncodeOptions, type EncodeResult } from "../codec/options.ts";
import { readPicture } from "../files/read_picture.ts";

/** A picture: pixels, or the bytes of a PNG, JPEG, PPM, PGM, PBM or PAM file. */
export type Picture = Image | Uint8Array;

/**
 * Encodes a picture; alpha and metadata are kept. Size and quality in the report are those of the returned bytes, decoded by `decode`.
 *
 * Throws a `RangeError` for a picture or option out of range, a `PictureError` for bytes that are no such file, a `GpuError` if
 * the GPU asked for is missing or fails, and the signal's reason if aborted.
 *
 * @example Pixels to a file and back
 * ```ts
 * import { decode, encode, psnrDb } from "@chic/codec";
 *
 * const data = Uint8Array.from({ length: 16 * 12 * 3 }, (_, i) => i % 200);
 * const image = { width: 16, height: 12, channels: 3, bitDepth: 8, data };
 * const { bytes, report } = await encode(image, { iterations: 20, device: "cpu" });
 * const decoded = decode(bytes);
 * if (psnrDb(image, decoded) !== report.psnrDb) throw new Error("The report is that of the file");
 * ```
 */
export async function encode(picture: Picture, options: EncodeOptions = {}): Promise<EncodeResult> {
  const image = picture instanceof Uint8Array ? await readPicture(picture, options.onWarning) : picture;
  return await encodeImage(image, options);
}

/** An encoder with options of its own; made by `createEncoder`. */
export interface Encoder extends Disposable {
  /** Encodes a picture, with options that take precedence over the encoder's; pictures wait for each other. */
  readonly encode: (picture: Picture, options?: EncodeOptions) => Promise<EncodeResult>;
  /** Aborts what is running or waiting, and takes nothing any more. */
  readonly close: () => void;
}

/**
 * An encoder for many pictures on one device. Calls may overlap: the pictures are trained one after the other, so that they
 * do not compete for the device.
 *
 * @example Two pictures with the same settings
 * ```ts
 * import { createEncoder } from "@chic/codec";
 *
 * using encoder = createEncoder({ preset: "lop", iterations: 5, device: "cpu" });
 * const image = { width: 8, height: 8, channels: 3, bitDepth: 8, data: new Uint8Array(192) };
 * const results = await Promise.all([encoder.encode(image), encoder.encode(image, { seed: 2 })]);
 * if (results.some(({ report }) => report.iterations !== 5)) throw new Error("Both take the encoder's options");
 * ```
 */
export function createEncoder(defaults: EncodeOptions = {}): Encoder {
  const closing = new AbortController();
  let idle: Promise<unknown> = Promise.resolve();
  const encodeNext = (picture: Picture, options: EncodeOptions = {}): Promise<EncodeResult> => {
    const all = combined(defaults, options);
    const signal = AbortSignal.any([closing.signal, ...all.signal ? [all.signal] : []]);
    const result = idle.then(() => {
      signal.throwIfAborted();
      return encode(picture, { ...all, signal });
    });
    idle = result.catch(() => {});
    return result;
  };
  const close = () => closing.abort(new DOMException("The encoder was closed", "AbortError"));
  return { encode: encodeNext, close, [Symbol.dispose]: close };
}

/** The encoder's options with those of a call over them; what a call says leaves no room for the other way to say it. */
function combined(defaults: EncodeOptions, options: EncodeOptions): EncodeOptions {
  const all = { ...defaults, ...options };
  for (const [one, other] of [...ALTERNATIVES, ["preset", "architecture"]] as const) {
    if (options[one] !== undefined) delete all[other];
    if (options[other] !== undefined) delete all[one];
  }
  return all;
}
