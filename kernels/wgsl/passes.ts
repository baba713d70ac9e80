/** Turns a `GpuPlan` into buffers, pipelines and bind groups. */

import type { Graph } from "../graph.ts";
import type { GpuSession } from "./gpu_session.ts";
import { type Binding, BUFFER_TYPES } from "./module_text.ts";
import { createPipeline, type Pipeline } from "./pipelines.ts";
import type { Dispatch, GpuPlan } from "./plan.ts";
import { CONTROL_BYTES, MAX_STEPS } from "./settings.ts";

/** The buffers of a graph. */
export interface GraphBuffers {
  readonly heap: readonly GPUBuffer[];
  /** Parameters, padded to vectors of four; also bound as uniform. */
  readonly parameters: GPUBuffer;
  /** The parameters' prior: all centres, then all weights, then what is frozen. */
  readonly prior: GPUBuffer;
  readonly control: GPUBuffer;
  readonly partials: GPUBuffer;
  /** Gradients of the parameters with their prior's part, then bits and squared errors. */
  readonly sums: GPUBuffer;
  /** Bits and squared errors of each step since the control buffer was written. */
  readonly log: GPUBuffer;
}

/** A dispatch ready to be encoded. */
export interface PreparedDispatch {
  readonly label: string;
  readonly pipeline: GPUComputePipeline;
  readonly bindGroup: GPUBindGroup;
  readonly workgroups: number;
}

/** The dispatches of an iteration, before its updates, and of an evaluation. */
export type GraphPasses = Readonly<Record<"train" | "evaluate", readonly PreparedDispatch[]>>;

/** Allocates a graph's buffers, all zero. */
export async function createBuffers(session: GpuSession, graph: Graph, plan: GpuPlan): Promise<GraphBuffers> {
  const { STORAGE, UNIFORM, COPY_SRC, COPY_DST } = GPUBufferUsage;
  const parameterBytes = 16 * Math.ceil(graph.parameterCount / 4);
  return {
    heap: await Promise.all(plan.memory.segments.map((floats, i) => session.createBuffer(`heap ${i}`, 4 * floats))),
    parameters: await session.createBuffer("parameters", parameterBytes, STORAGE | UNIFORM | COPY_SRC | COPY_DST),
    prior: await session.createBuffer("prior of the parameters", 3 * 4 * graph.parameterCount),
    control: await session.createBuffer("control", CONTROL_BYTES),
    partials: await session.createBuffer("partials", 4 * plan.sums.length),
    sums: await session.createBuffer("sums", 4 * (graph.parameterCount + 2)),
    log: await session.createBuffer("log", 8 * MAX_STEPS),
  };
}

/** Compiles a plan's pipelines and binds the buffers of all its dispatches. */
export async function createPasses(session: GpuSession, plan: GpuPlan, buffers: GraphBuffers): Promise<GraphPasses> {
  const pipelines: Pipeline[] = [];
  for (const { label, code, bindings } of plan.pipelines) {
    pipelines.push(
      await createPipeline(session.device, { label, code, bindings: bindings.map(({ kind }) => BUFFER_TYPES[kind]) }),
    );
  }
  const prepare = (dispatches: readonly Dispatch[]) =>
    Promise.all(dispatches.map((dispatch) => prepareDispatch(session, { dispatch, plan, buffers, pipelines })));
  return { train: await prepare(plan.train), evaluate: await prepare(plan.evaluate) };
}

interface Preparation {
  readonly dispatch: Dispatch;
  readonly plan: GpuPlan;
  readonly buffers: GraphBuffers;
  readonly pipelines: readonly Pipeline[];
}

async function prepareDispatch(
  session: GpuSession,
  { dispatch, plan, buffers, pipelines }: Preparation,
): Promise<PreparedDispatch> {
  const { pipeline, layout } = pipelines[dispatch.pipeline];
  const { UNIFORM, COPY_DST } = GPUBufferUsage;
  const table = await session.uploadBuffer(`table of ${dispatch.label}`, dispatch.table, UNIFORM | COPY_DST);
  const bindGroup = session.device.createBindGroup({
    label: dispatch.label,
    layout,
    entries: plan.pipelines[dispatch.pipeline].bindings.map((binding, i) => ({
      binding: i,
      resource: { buffer: bufferOf(binding, table, buffers) },
    })),
  });
  return { label: dispatch.label, pipeline, bindGroup, workgroups: dispatch.workgroups };
}

function bufferOf(binding: Binding, table: GPUBuffer, buffers: GraphBuffers): GPUBuffer {
  switch (binding.kind) {
    case "table":
      return table;
    case "heap":
      return buffers.heap[binding.segment];
    default:
      return buffers[binding.kind];
  }
}

/** Encodes dispatches into a pass and ends it. */
export function encodeDispatches(pass: GPUComputePassEncoder, dispatches: readonly PreparedDispatch[]): void {
  for (const { pipeline, bindGroup, workgroups } of dispatches) {
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, bindGroup);
    pass.dispatchWorkgroups(workgroups);
  }
  pass.end();
}
