/** The dispatches after the gradients: summation, the two updates, and the log. */

import type { Graph } from "../graph.ts";
import type { GpuSession } from "./gpu_session.ts";
import { finishText, latentUpdateText, parameterUpdateText, reduceText, UPDATE_LANES } from "./optimiser_text.ts";
import type { PartialSums } from "./partial_sums.ts";
import type { GraphBuffers, PreparedDispatch } from "./passes.ts";
import { createPipeline } from "./pipelines.ts";
import type { GpuPlan } from "./plan.ts";

/** The dispatches, in the order in which they run. */
export interface Optimiser {
  /** Adds up the partial sums of the parameters' gradients and of the losses. */
  readonly reduce: PreparedDispatch;
  readonly updateParameters: PreparedDispatch;
  readonly updateLatents: PreparedDispatch;
  /** Logs the losses and counts the step. */
  readonly finish: PreparedDispatch;
}

/** Workgroups of a dispatch over any number of items; they go round until all are done. */
const MAX_WORKGROUPS = 8192;

/** Compiles the optimiser of a graph. */
export async function createOptimiser(
  session: GpuSession,
  { graph, plan, buffers }: { graph: Graph; plan: GpuPlan; buffers: GraphBuffers },
): Promise<Optimiser> {
  const { control, sums, partials, parameters, log, heap } = buffers;
  const { parameterCount } = graph;
  const { latents } = plan.memory;
  const segments = [...new Set([latents.values.segment, latents.gradients.segment])].sort((a, b) => a - b);
  const moments = (what: string, length: number) =>
    Promise.all([1, 2].map((order) => session.createBuffer(`moments ${order} of ${what}`, 4 * length)));
  const parameterMoments = await moments("parameters", parameterCount);
  const latentMoments = await moments("latents", latents.length);
  const runs = await session.uploadBuffer("runs of partial sums", encodeRuns(plan.sums));
  return {
    reduce: await prepare(session, {
      label: "sum partial sums",
      code: reduceText(parameterCount + 2),
      buffers: [[runs, "read-only-storage"], [partials, "read-only-storage"], [sums, "storage"]],
      workgroups: parameterCount + 2,
    }),
    updateParameters: await prepare(session, {
      label: "update parameters",
      code: parameterUpdateText(parameterCount),
      buffers: [
        [control, "read-only-storage"],
        [sums, "read-only-storage"],
        ...writable([parameters, ...parameterMoments]),
      ],
      workgroups: Math.ceil(parameterCount / UPDATE_LANES),
    }),
    updateLatents: await prepare(session, {
      label: "update latents",
      code: latentUpdateText(latents),
      buffers: [
        [control, "read-only-storage"],
        ...writable([...latentMoments, ...segments.map((segment) => heap[segment])]),
      ],
      workgroups: Math.ceil(latents.length / UPDATE_LANES),
    }),
    finish: await prepare(session, {
      label: "finish step",
      code: finishText(parameterCount),
      buffers: [[control, "storage"], [sums, "read-only-storage"], [log, "storage"]],
      workgroups: 1,
    }),
  };
}

type BoundBuffer = readonly [GPUBuffer, GPUBufferBindingType];

function writable(buffers: readonly GPUBuffer[]): BoundBuffer[] {
  return buffers.map((buffer) => [buffer, "storage"]);
}

interface DispatchSource {
  readonly label: string;
  readonly code: string;
  /** Bindings 0, 1, ... */
  readonly buffers: readonly BoundBuffer[];
  readonly workgroups: number;
}

async function prepare(
  session: GpuSession,
  { label, code, buffers, workgroups }: DispatchSource,
): Promise<PreparedDispatch> {
  const bindings = buffers.map(([, type]) => type);
  const { pipeline, layout } = await createPipeline(session.device, { label, code, bindings });
  const bindGroup = session.device.createBindGroup({
    label,
    layout,
    entries: buffers.map(([buffer], binding) => ({ binding, resource: { buffer } })),
  });
  return { label, pipeline, bindGroup, workgroups: Math.max(1, Math.min(MAX_WORKGROUPS, workgroups)) };
}

/** (first run, number of runs) per target, then (start, length) per run. */
function encodeRuns({ targets }: PartialSums): Uint32Array<ArrayBuffer> {
  const heads: number[] = [];
  let count = 0;
  for (const runs of targets) {
    heads.push(count, runs.length);
    count += runs.length;
  }
  return Uint32Array.from([...heads, ...targets.flat().flatMap(({ start, length }) => [start, length])]);
}
