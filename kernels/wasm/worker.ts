/** Entry of a CPU worker: a `Thread` driven by messages. Only thread 0 answers with results. */

import type { Step } from "../executor.ts";
import type { LossSums } from "../graph.ts";
import type { Scalars } from "../program.ts";
import type { MatrixFactors } from "../soap.ts";
import { Thread, type ThreadStart } from "./thread.ts";

/** What a worker is told. */
export type WorkerRequest =
  | { readonly kind: "start"; readonly start: ThreadStart }
  | { readonly kind: "train"; readonly steps: readonly Step[] }
  | { readonly kind: "evaluate"; readonly scalars: Scalars }
  | { readonly kind: "factors" };

/** What a worker answers. */
export type WorkerReply =
  | { readonly kind: "ready" }
  | { readonly kind: "done"; readonly losses: readonly LossSums[] }
  | { readonly kind: "factors"; readonly factors: readonly MatrixFactors[] }
  | { readonly kind: "failed"; readonly message: string };

/** The part of a worker's global object that is used here. */
declare const self: {
  onmessage: (event: MessageEvent<WorkerRequest>) => void;
  postMessage(message: WorkerReply): void;
};
let thread: Thread | undefined;

self.onmessage = ({ data }: MessageEvent<WorkerRequest>) => {
  try {
    self.postMessage(answer(data));
  } catch (error) {
    self.postMessage({ kind: "failed", message: String(error) } satisfies WorkerReply);
  }
};

function answer(request: WorkerRequest): WorkerReply {
  if (request.kind === "start") {
    thread = new Thread(request.start);
    return { kind: "ready" };
  }
  if (!thread) throw new Error("Cannot run: the worker was not started");
  if (request.kind === "train") return { kind: "done", losses: thread.train(request.steps) };
  if (request.kind === "factors") return { kind: "factors", factors: thread.factors() };
  const loss = thread.evaluate(request.scalars);
  return { kind: "done", losses: loss ? [loss] : [] };
}
