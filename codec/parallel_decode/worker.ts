/** A thread of `decodeWithThreads`: first the latents of its rows, then the samples of its band of the image. */

import type { QuantisedModel } from "../../bitstream/quantised_model.ts";
import { reconstructRows } from "../fast_decode/fast_reconstruct.ts";
import { joinSharedLatents, type LatentTask } from "./shared_latents.ts";
import { type BandTask, samplesView, storeBand } from "./shared_samples.ts";

/** Messages to a worker, in the order in which they come. */
export type WorkerRequest =
  | { readonly kind: "latents"; readonly task: LatentTask; readonly thread: number }
  | { readonly kind: "band"; readonly task: BandTask };

/** Messages from a worker; `ready` comes before any request, the others answer the band. */
export type WorkerReply = { readonly kind: "ready" | "done" } | { readonly kind: "failed"; readonly message: string };

/** The part of a worker's global object that is used here. */
declare const self: {
  onmessage: (event: MessageEvent<WorkerRequest>) => void;
  postMessage(message: WorkerReply): void;
};
let grids: readonly Int16Array[] = [];

self.onmessage = ({ data }: MessageEvent<WorkerRequest>) => {
  try {
    if (data.kind === "latents") grids = joinSharedLatents(data.task, data.thread);
    else {
      computeBand(data.task);
      reply({ kind: "done" });
    }
  } catch (error) {
    reply({ kind: "failed", message: String(error) });
  }
};
reply({ kind: "ready" });

function computeBand({ model, samples, rows }: BandTask): void {
  const whole: QuantisedModel = { ...model, grids };
  storeBand(samplesView(samples, model.bitDepth), whole, rows, reconstructRows(whole, rows));
}

function reply(message: WorkerReply): void {
  self.postMessage(message);
}
