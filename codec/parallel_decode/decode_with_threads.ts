/** Decoding by the calling thread and some workers. */

import { pixelChecksum } from "../../bitstream/checksum.ts";
import { BitstreamError } from "../../bitstream/errors.ts";
import type { DecodeLimits } from "../../bitstream/limits.ts";
import type { QuantisedModel } from "../../bitstream/quantised_model.ts";
import { type ReadModel, readModel } from "../../bitstream/read.ts";
import { reconstructRows } from "../fast_decode/fast_reconstruct.ts";
import { withExtras } from "../extras.ts";
import type { Image } from "../image.ts";
import { Crew } from "./crew.ts";
import { decodeSharedLatents } from "./shared_latents.ts";
import { bandOf, newSamples, samplesView, storeBand } from "./shared_samples.ts";

/**
 * The image of a file by `threads` threads (2 or more), this one among them. Throws an `Error` of some kind if anything goes
 * wrong: `decode` then says what.
 */
export async function decodeWithThreads(
  bytes: Uint8Array,
  threads: number,
  limits?: DecodeLimits,
): Promise<Image> {
  const crew = await Crew.start(threads - 1);
  try {
    const { model, header, pixelChecksum: expected } = readLatents(bytes, { threads, crew, limits });
    const data = await reconstructBands(model, threads, crew);
    if (pixelChecksum(data) !== expected) {
      throw new BitstreamError("Cannot decode image: expected other pixels", bytes.length);
    }
    const { shape: { width, height, channels }, bitDepth } = model;
    return withExtras({ width, height, channels, bitDepth, data }, header);
  } finally {
    crew.close();
  }
}

function readLatents(
  bytes: Uint8Array,
  { threads, crew, limits }: { threads: number; crew: Crew; limits: DecodeLimits | undefined },
): ReadModel {
  return readModel(
    bytes,
    limits,
    (_, coders, network) =>
      decodeSharedLatents({ bytes, coders, network }, threads, (task) => {
        crew.post((thread) => ({ kind: "latents", task, thread }));
      }),
  );
}

async function reconstructBands(model: QuantisedModel, threads: number, crew: Crew): Promise<Uint8Array | Uint16Array> {
  const { grids: _, ...plain } = model;
  const samples = newSamples(model);
  const rowsOf = (thread: number) => bandOf(model.shape.height, thread, threads);
  const done = crew.replies();
  // Before an error can come, and before this thread is busy with its own band.
  done.catch(() => {});
  crew.post((thread) => ({ kind: "band", task: { model: plain, samples, rows: rowsOf(thread) } }));
  const view = samplesView(samples, model.bitDepth);
  storeBand(view, model, rowsOf(0), reconstructRows(model, rowsOf(0)));
  await done;
  return view.slice();
}
