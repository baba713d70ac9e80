/** The dispatches after the gradients: summation, the two updates, and the log. */

import type { Graph } from "../graph.ts";
import { uncovered } from "../parameter_optimiser.ts";
import type { MatrixFactors } from "../soap.ts";
import type { GpuSession } from "./gpu_session.ts";
import {
  finishText,
  type LatentRuns,
  latentUpdateText,
  parameterUpdateText,
  reduceText,
  UPDATE_LANES,
} from "./optimiser_text.ts";
import type { PartialSums } from "./partial_sums.ts";
import type { GraphBuffers, PreparedDispatch } from "./passes.ts";
import { createPipeline } from "./pipelines.ts";
import { factorPlaces, matrixStateLength, matrixWords } from "./soap_text.ts";

/** The dispatches, in the order in which they run. */
export interface Optimiser {
  /** Adds up the partial sums of the parameters' gradients and of the losses. */
  readonly reduce: PreparedDispatch;
  readonly updateParameters: PreparedDispatch;
  readonly updateLatents: PreparedDispatch;
  /** Logs the losses and counts the step. */
  readonly finish: PreparedDispatch;
  /** See `Executor`. */
  readonly readFactors: () => Promise<MatrixFactors[]>;
}

/** What the optimiser needs to know of a graph. */
export interface OptimiserParts {
  readonly graph: Pick<Graph, "parameterCount" | "matrices">;
  readonly sums: Pick<PartialSums, "targets">;
  readonly latents: LatentRuns;
  readonly buffers: GraphBuffers;
}

/** Storage buffers that one of the dispatches binds at most. */
export const OPTIMISER_BUFFERS = 7;
/** Workgroups of a dispatch over any number of items; they go round until all are done. */
const MAX_WORKGROUPS = 8192;

/** Compiles the optimiser of a graph. */
export async function createOptimiser(
  session: GpuSession,
  { graph, latents, sums: { targets }, buffers }: OptimiserParts,
): Promise<Optimiser> {
  const { control, sums, partials, parameters, prior, log, heap } = buffers;
  const { parameterCount, matrices } = graph;
  const segments = [...new Set([latents.values.segment, latents.gradients.segment])].sort((a, b) => a - b);
  const latentMoments = await Promise.all(
    [1, 2].map((order) => session.createBuffer(`moments ${order} of latents`, 4 * latents.length)),
  );
  const table = encodeParameterTable(graph);
  const parameterTable = await session.uploadBuffer("table of parameters", table.words);
  const parameterState = await session.createBuffer("state of parameters", 4 * table.stateLength);
  const runs = await session.uploadBuffer("runs of partial sums", encodeRuns(targets));
  return {
    reduce: await prepare(session, {
      label: "sum partial sums",
      code: reduceText(parameterCount),
      buffers: [...readable([runs, partials, parameters, prior]), [sums, "storage"]],
      workgroups: parameterCount + 2,
    }),
    updateParameters: await prepare(session, {
      label: "update parameters",
      code: parameterUpdateText({ parameterCount, matrices: matrices.length, singles: table.singles }),
      buffers: [
        ...readable([control, parameterTable, sums, prior]),
        ...writable([parameters, parameterState]),
      ],
      workgroups: matrices.length + Math.ceil(table.singles / UPDATE_LANES),
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
    readFactors: async () => {
      const state = await session.read(parameterState, 0, table.stateLength);
      return matrices.map((matrix, i) => {
        const part = (place: number | undefined, size: number) =>
          place === undefined ? undefined : state.slice(place, place + size * size);
        const { left, right } = factorPlaces(matrix, table.states[i]);
        return { ...matrix, left: part(left, matrix.rows), right: part(right, matrix.cols) };
      });
    },
  };
}

type BoundBuffer = readonly [GPUBuffer, GPUBufferBindingType];

function readable(buffers: readonly GPUBuffer[]): BoundBuffer[] {
  return buffers.map((buffer) => [buffer, "read-only-storage"]);
}

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

/** The table of `parameterUpdateText`, where the matrices' states begin, and how many floats all states have. */
function encodeParameterTable({ parameterCount, matrices }: OptimiserParts["graph"]) {
  let stateLength = 2 * parameterCount;
  const states = matrices.map((matrix) => {
    const begin = stateLength;
    stateLength += matrixStateLength(matrix);
    return begin;
  });
  const words = matrices.flatMap((matrix, i) => matrixWords(matrix, states[i]));
  const singles = uncovered(parameterCount, matrices)
    .flatMap(([begin, end]) => Array.from({ length: end - begin }, (_, i) => begin + i));
  return { words: Uint32Array.from([...words, ...singles]), singles: singles.length, states, stateLength };
}

/** (first run, number of runs) per target, then (start, length) per run. */
function encodeRuns(targets: PartialSums["targets"]): Uint32Array<ArrayBuffer> {
  const heads: number[] = [];
  let count = 0;
  for (const runs of targets) {
    heads.push(count, runs.length);
    count += runs.length;
  }
  return Uint32Array.from([...heads, ...targets.flat().flatMap(({ start, length }) => [start, length])]);
}
