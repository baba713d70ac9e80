/** Decoding on several threads where it pays. Apart from `decode.ts`, which needs no workers. */

import { decodeMemoryBytes, DEFAULT_LIMITS } from "../bitstream/limits.ts";
import { readHeader } from "../bitstream/header.ts";
import { MAX_THREADS } from "../kernels/wasm/max_threads.ts";
import { decode, type DecodeOptions } from "./decode.ts";
import type { Image } from "./image.ts";
import { integerBackend } from "./integer_backend.ts";
import { decodeWithThreads } from "./parallel_decode/decode_with_threads.ts";
import { PARALLEL_PIXELS } from "./parallel_size.ts";

/** Options of `decodeParallel`. */
export interface ParallelDecodeOptions extends DecodeOptions {
  /** Threads, 0..64; 0 (the default): one per core for images from 2 megapixels, else one. */
  readonly threads?: number;
}

/**
 * Decodes a file as `decode` does, on workers and the calling thread, which it keeps busy; in a browser it is to be called in
 * a worker. The same image and the same errors. Where there are no workers, or they fail, it is `decode`. Throws a `RangeError`
 * for a wrong number of threads.
 */
export async function decodeParallel(bytes: Uint8Array, options: ParallelDecodeOptions = {}): Promise<Image> {
  const threads = decodeThreads(bytes, options);
  if (threads === 1) return decode(bytes, options);
  try {
    return await decodeWithThreads(bytes, threads, options.limits);
  } catch {
    // A damaged file has one report, whoever finds it; and a machine that refuses memory or workers can still decode.
    return decode(bytes, options);
  }
}

/** Threads that each hold planes of their own may take as much memory again. */
const MEMORY_FACTOR = 2;

/**
 * How many threads `decodeParallel` will use for a file, 1 or more. Throws a `RangeError` for a wrong number of threads, and
 * a `BitstreamError` if the header is damaged.
 */
export function decodeThreads(
  bytes: Uint8Array,
  { threads = 0, limits = DEFAULT_LIMITS, decoder }: ParallelDecodeOptions,
): number {
  if (!(Number.isInteger(threads) && threads >= 0 && threads <= MAX_THREADS)) {
    throw new RangeError(`Cannot decode: expected 0..${MAX_THREADS} threads, received ${threads}`);
  }
  const { architecture, shape, bitDepth } = readHeader(bytes).header;
  const fits = MEMORY_FACTOR * decodeMemoryBytes(architecture, shape, bitDepth) <= limits.maxBytes;
  if (!fits || integerBackend(decoder).name === "plain" || typeof SharedArrayBuffer === "undefined") return 1;
  if (threads > 0) return Math.min(threads, shape.height);
  if (shape.width * shape.height < PARALLEL_PIXELS) return 1;
  return Math.min(navigator.hardwareConcurrency || 1, MAX_THREADS);
}
