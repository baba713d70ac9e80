/**
 * Fuzzes the decoder: whatever the bytes, decoding ends in an image or in one of the two named errors, both decoders agree,
 * and a picture that is not the encoder's is never returned.
 *
 *     deno run -A tests/fuzz/decode_fuzz.ts [count] [seed]
 */

import { deflateSync } from "fflate";
import { ALPHA_ID, encodeAlpha } from "../../bitstream/alpha.ts";
import { BitstreamError, LimitError } from "../../bitstream/errors.ts";
import { pixelChecksum } from "../../bitstream/checksum.ts";
import { type Extension, readHeader } from "../../bitstream/header.ts";
import { metadataExtensions } from "../../bitstream/metadata.ts";
import type { QuantisedModel } from "../../bitstream/quantised_model.ts";
import { writeModel } from "../../bitstream/write.ts";
import { decode, type DecoderChoice } from "../../codec/decode.ts";
import { withAlphaPlane } from "../../codec/extras.ts";
import { newSamples } from "../../codec/image.ts";
import { reconstruct } from "../../codec/reconstruct.ts";
import { randomInteger, randomSource } from "../random.ts";
import { randomModel } from "../random_model.ts";
import { mutateFile } from "./mutate.ts";

/** Bounds for damaged headers: no fuzz input may cost more. */
const LIMITS = { maxPixels: 3000, maxBytes: 20_000_000, maxMultiplications: 1e10 };
/** Damaged copies made of one valid file. */
const COPIES = 20;
/** No input may take longer, in milliseconds, even on a busy machine. */
const MAX_MILLISECONDS = 5000;

/** How the inputs ended. */
export interface FuzzCounts {
  inputs: number;
  images: number;
  bitstreamErrors: number;
  limitErrors: number;
  slowestMilliseconds: number;
}

/** Decodes `count` damaged files with both decoders. Throws at the first one that ends in any other way. */
export function fuzzDecoder(count: number, seed: number): FuzzCounts {
  const counts: FuzzCounts = { inputs: 0, images: 0, bitstreamErrors: 0, limitErrors: 0, slowestMilliseconds: 0 };
  for (let file = 0; counts.inputs < count; file++) {
    const random = randomSource(seed + file);
    const valid = validFile(random, seed + file);
    for (let copy = 0; copy < COPIES && counts.inputs < count; copy++) {
      const input = mutateFile(random, valid);
      const start = performance.now();
      const outcome = outcomeOf(input, "wasm");
      const elapsed = performance.now() - start;
      verify(input, outcome, { elapsed, seed: seed + file, copy });
      counts.inputs++;
      if (outcome === "BitstreamError") counts.bitstreamErrors++;
      else if (outcome === "LimitError") counts.limitErrors++;
      else counts.images++;
      counts.slowestMilliseconds = Math.max(counts.slowestMilliseconds, elapsed);
    }
  }
  return counts;
}

function validFile(random: () => number, seed: number): Uint8Array {
  const size = { width: randomInteger(random, 1, 20), height: randomInteger(random, 1, 20) };
  const defaults = { defaults: seed % 33, synthesisDefaults: seed % 2 === 0, learnedFields: seed % 5 < 3 };
  const model = randomModel({ seed, ...size, extreme: random() < 0.3, ...defaults, restoration: seed % 3 === 0 });
  return writeModel(model, pixelChecksum(reconstruct(model).data), { extensions: extensionsFor(random, model) }).bytes;
}

/** Mostly none; else metadata, and alpha where the model has none, and chunks that nobody knows. */
function extensionsFor(random: () => number, { shape, bitDepth }: QuantisedModel): Extension[] {
  if (random() < 0.6) return [];
  const bytes = (length: number, top: number) => Uint8Array.from({ length }, () => randomInteger(random, 0, top));
  const metadata = { icc: bytes(randomInteger(random, 0, 300), 3), xmp: bytes(20, 255), gamma: bytes(4, 255) };
  const chunks = metadataExtensions(metadata, (data) => deflateSync(data));
  if (shape.channels % 2 === 0) return chunks;
  const levels = randomInteger(random, 0, 2 ** bitDepth - 1);
  const alpha = newSamples(shape.width * shape.height, bitDepth).map(() => randomInteger(random, 0, levels));
  return [...chunks, { id: ALPHA_ID, data: encodeAlpha(alpha, { ...shape, bitDepth }) }, { id: 99, data: bytes(5, 9) }];
}

/** The error's name, or the checksum of the image. */
function outcomeOf(input: Uint8Array, decoder: DecoderChoice): string {
  try {
    const image = decode(input, { limits: LIMITS, decoder });
    const alphaIsPlane = readHeader(input).header.shape.channels % 2 === 0;
    return String(pixelChecksum((alphaIsPlane ? withAlphaPlane(image) : image).data));
  } catch (error) {
    if (error instanceof BitstreamError || error instanceof LimitError) return error.name;
    throw error;
  }
}

function verify(input: Uint8Array, outcome: string, run: { elapsed: number; seed: number; copy: number }): void {
  const plain = outcomeOf(input, "plain");
  const isImage = /^\d+$/.test(outcome);
  if (plain !== outcome) throw new Error(`Decoders differ: wasm ${outcome}, plain ${plain}, ${JSON.stringify(run)}`);
  if (isImage && outcome !== String(readHeader(input).header.pixelChecksum)) {
    throw new Error(`Wrong picture: ${outcome}, ${JSON.stringify(run)}`);
  }
  if (run.elapsed > MAX_MILLISECONDS) throw new Error(`Too slow: ${JSON.stringify(run)}`);
}

if (import.meta.main) {
  const [count = 100_000, seed = 1] = Deno.args.map(Number);
  // deno-lint-ignore no-console
  console.log(JSON.stringify({ seed, ...fuzzDecoder(count, seed) }));
}
