/**
 * The whole of a graph's GPU program as plain data: memory, pipelines, and for each kind of iteration its dispatches.
 *
 *     graph -> kernels -> tasks -> levels -> batches -> pipelines and tables
 */

import type { Graph } from "../graph.ts";
import { isLoss } from "../program.ts";
import { type Batch, entryWords, planBatches } from "./batches.ts";
import { type GraphKernels, writeKernels } from "./call_kernels.ts";
import { HEADER_WORDS, type Kernel } from "./kernel.ts";
import type { GraphMemory } from "./memory.ts";
import { type ModuleText, moduleText } from "./module_text.ts";
import { type PartialSums, planPartialSums } from "./partial_sums.ts";
import { backwardTasks, forwardTasks, lossTasks, type Task } from "./tasks.ts";

/** A compiled set of kernels. */
export interface PipelinePlan extends ModuleText {
  readonly label: string;
  /** Size of the slice of the table that it binds. */
  readonly tableBytes: number;
}

/** One dispatch. */
export interface Dispatch {
  /** Index of the pipeline. */
  readonly pipeline: number;
  /** The pipeline's table, `tableBytes` long. */
  readonly table: Uint32Array<ArrayBuffer>;
  readonly workgroups: number;
  /** What it does, for profiles. */
  readonly label: string;
}

/** A graph, planned. */
export interface GpuPlan {
  readonly memory: GraphMemory;
  readonly sums: PartialSums;
  readonly pipelines: readonly PipelinePlan[];
  /** Forward and backward, with soft quantisation. */
  readonly train: readonly Dispatch[];
  /** Forward with rounded latents, up to the losses. */
  readonly evaluate: readonly Dispatch[];
  /** Bytes of workgroup memory that some pipeline needs. */
  readonly workgroupBytes: number;
}

/** Plans a graph. Throws a `GpuError` or `RangeError` if it does not fit the GPU or the programs' rules. */
export function planGpu(graph: Graph, maxSegmentBytes: number): GpuPlan {
  const graphKernels = writeKernels(graph, maxSegmentBytes);
  const tasks = passTasks(graph, graphKernels);
  const sums = planPartialSums(tasks.train, graph.parameterCount);
  const batches = {
    train: planBatches(tasks.train, sums),
    evaluate: planBatches(tasks.evaluate, sums),
  };
  const sets = new PipelineSets([...batches.train, ...batches.evaluate]);
  const dispatch = (batch: Batch): Dispatch => {
    const set = sets.find(batch);
    const table = new Uint32Array(4 * set.tableVectors);
    table.fill(0xffffffff); // Entries that are not there begin after the last workgroup.
    batch.entries.forEach((entry, i) => {
      const kind = set.kernels.findIndex((kernel) => kernel.key === entry.task.kernel.key);
      table.set(entryWords(entry, kind, { graph, memory: graphKernels.memory, sums }), 4 * i * set.entryVectors);
    });
    return { pipeline: set.index, table, workgroups: batch.workgroups, label: labelOf(batch.kernels) };
  };
  const parameterVectors = Math.ceil(graph.parameterCount / 4);
  return {
    memory: graphKernels.memory,
    sums,
    pipelines: sets.sets.map((set) => ({
      ...moduleText(set.kernels, { ...set, parameterVectors }),
      label: labelOf(set.kernels),
      tableBytes: 16 * set.tableVectors,
    })),
    train: batches.train.map(dispatch),
    evaluate: batches.evaluate.map(dispatch),
    workgroupBytes: Math.max(...sets.sets.flatMap(({ kernels }) => kernels.map(({ stage }) => 16 * stage))),
  };
}

function passTasks(graph: Graph, kernels: GraphKernels): Record<"train" | "evaluate", Task[]> {
  const { softQuantise, hardQuantise, body } = graph;
  const forward = forwardTasks(body.filter((call) => !isLoss(call.program)), kernels);
  const backward = backwardTasks(body, graph, kernels);
  return {
    train: [
      ...forwardTasks(softQuantise, kernels),
      ...forward,
      ...backward,
      ...backwardTasks(softQuantise, graph, kernels),
    ],
    evaluate: [...forwardTasks(hardQuantise, kernels), ...forward, ...lossTasks(body, kernels)],
  };
}

function labelOf(kernels: readonly Kernel[]): string {
  return [...new Set(kernels.map(({ label }) => label))].sort().join(", ");
}

interface PipelineSet {
  readonly index: number;
  readonly kernels: readonly Kernel[];
  readonly entryVectors: number;
  tableVectors: number;
}

/** The fewest pipelines that serve all batches: a batch may use one with more kernels than it needs. */
class PipelineSets {
  readonly sets: PipelineSet[] = [];

  constructor(batches: readonly Batch[]) {
    const largestFirst = batches.toSorted((a, b) => b.kernels.length - a.kernels.length);
    for (const batch of largestFirst) {
      const set = this.#smallest(batch) ?? this.#add(batch.kernels);
      set.tableVectors = Math.max(set.tableVectors, batch.entries.length * set.entryVectors);
    }
  }

  find(batch: Batch): PipelineSet {
    return this.#smallest(batch)!;
  }

  #smallest({ kernels }: Batch): PipelineSet | undefined {
    return this.sets
      .filter((set) => kernels.every(({ key }) => set.kernels.some((kernel) => kernel.key === key)))
      .sort((a, b) => a.kernels.length - b.kernels.length)[0];
  }

  #add(kernels: readonly Kernel[]): PipelineSet {
    const words = HEADER_WORDS + Math.max(...kernels.map(({ fields }) => fields.length));
    const set = { index: this.sets.length, kernels, entryVectors: Math.ceil(words / 4), tableVectors: 0 };
    this.sets.push(set);
    return set;
  }
}
