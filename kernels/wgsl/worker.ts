/** Entry of the GPU worker: a `GpuTrainer` driven by messages, so that waiting for the GPU blocks no other thread. */

import type { Step } from "../executor.ts";
import type { Graph, PlaneId } from "../graph.ts";
import type { ParameterPrior } from "../parameter_optimiser.ts";
import type { Scalars } from "../program.ts";
import { createGpuTrainer, type GpuChoices, type GpuTrainer } from "./gpu_trainer.ts";

/** What the worker is told: to start, or one of the executor's methods. */
export type GpuRequest =
  | { readonly kind: "start"; readonly graph: Graph; readonly choices: GpuChoices }
  | { readonly kind: "writePlane"; readonly plane: PlaneId; readonly values: Float32Array }
  | { readonly kind: "readPlane"; readonly plane: PlaneId }
  | { readonly kind: "writeParameters"; readonly values: Float32Array }
  | { readonly kind: "readParameters" }
  | { readonly kind: "writePrior"; readonly prior: ParameterPrior }
  | { readonly kind: "train"; readonly steps: readonly Step[] }
  | { readonly kind: "evaluate"; readonly scalars: Scalars }
  | { readonly kind: "readFactors" };

/** What the worker answers; `start` gives the device's name, the others what the executor's method gives. */
export type GpuReply =
  | { readonly kind: "done"; readonly result: unknown }
  | { readonly kind: "failed"; readonly error: string; readonly message: string };

/** The part of a worker's global object that is used here. */
declare const self: {
  onmessage: (event: MessageEvent<GpuRequest>) => Promise<void>;
  postMessage(message: GpuReply): void;
};
let trainer: GpuTrainer | undefined;

self.onmessage = async ({ data }: MessageEvent<GpuRequest>) => {
  self.postMessage(await answer(data));
};

async function answer(request: GpuRequest): Promise<GpuReply> {
  try {
    return { kind: "done", result: await perform(request) };
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    return { kind: "failed", error: name, message };
  }
}

async function perform(request: GpuRequest): Promise<unknown> {
  if (request.kind === "start") {
    trainer = await createGpuTrainer(request.graph, request.choices);
    return trainer.device;
  }
  if (!trainer) throw new Error("Cannot run: the worker was not started");
  switch (request.kind) {
    case "writePlane":
      return await trainer.writePlane(request.plane, request.values);
    case "readPlane":
      return await trainer.readPlane(request.plane);
    case "writeParameters":
      return await trainer.writeParameters(request.values);
    case "readParameters":
      return await trainer.readParameters();
    case "writePrior":
      return await trainer.writePrior(request.prior);
    case "train":
      return await trainer.train(request.steps);
    case "evaluate":
      return await trainer.evaluate(request.scalars);
    case "readFactors":
      return await trainer.readFactors();
  }
}
