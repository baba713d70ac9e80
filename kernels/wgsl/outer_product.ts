/** WGSL that sums the weight gradients of one linear layer over the sites of a workgroup, see `block_plan.ts`. */

import type { LinearOp, Value } from "../program.ts";
import { type BlockPlan, planBlocks, stageVectors } from "./block_plan.ts";
import { type Column, type KernelWriter, LANES } from "./kernel.ts";

const COMPONENTS = "xyzw";

/** A layer whose weights want their gradient. */
export interface LayerSums {
  readonly op: LinearOp;
  readonly value: Value;
  /** Derivative by each row before the activation, 0 at lanes without a site. */
  readonly deltas: readonly string[];
  /** Inputs that are not constant 0, and their columns in the layer's matrix. */
  readonly inputs: readonly { readonly expression: string; readonly col: number }[];
  /** Columns of the layer's matrix. */
  readonly cols: number;
}

/** Emits the accumulators, the products and the final sums of a layer. */
export function writeLayerSums(writer: KernelWriter, layer: LayerSums): void {
  const plan = planBlocks(layer.deltas.length, layer.inputs.length);
  const text = new OuterProduct(layer, plan, writer.columns.length);
  writer.reserveStage(stageVectors(plan));
  writer.preamble.push(...text.accumulators());
  writer.body.push(...text.products());
  writer.epilogue.push(...text.sums(writer.field("partials")));
  writer.columns.push(...layerColumns(layer));
}

/** Columns row by row: the weights of the inputs, then the bias. */
function layerColumns({ op, inputs, cols }: LayerSums): Column[] {
  return Array.from({ length: op.rows }, (_, row): Column[] => {
    const weights = inputs.map(({ col }): Column => {
      const index = op.map[row * cols + col];
      return index < 0 ? { kind: "unused" } : { kind: "parameter", slot: op.weights, index };
    });
    return op.bias === undefined ? weights : [...weights, { kind: "parameter", slot: op.bias, index: row }];
  }).flat();
}

class OuterProduct {
  readonly #layer: LayerSums;
  readonly #plan: BlockPlan;
  readonly #firstColumn: number;
  /** Makes names unique within the kernel. */
  readonly #id: Value;

  constructor(layer: LayerSums, plan: BlockPlan, firstColumn: number) {
    this.#layer = layer;
    this.#plan = plan;
    this.#firstColumn = firstColumn;
    this.#id = layer.value;
  }

  get #hasBias(): boolean {
    return this.#layer.op.bias !== undefined;
  }

  /** Where a lane's block begins, and its sums. */
  accumulators(): string[] {
    const id = this.#id;
    const { blocks, blocksAcross, blockRows, blockCols, rowVectors, sites } = this.#plan;
    const lines = [
      `let row${id} = ((lane % ${blocks}u) / ${blocksAcross}u) * ${blockRows}u;`,
      `let col${id} = ((lane % ${blocks}u) % ${blocksAcross}u) * ${blockCols}u + ${rowVectors}u;`,
      `let from${id} = (lane / ${blocks}u) * ${sites}u;`,
    ];
    for (let i = 0; i < 4 * blockRows; i++) {
      for (let j = 0; j < blockCols; j++) lines.push(`var sum${id}_${i}_${j} = vec4<f32>();`);
    }
    if (this.#hasBias) { for (let i = 0; i < blockRows; i++) lines.push(`var bias${id}_${i} = vec4<f32>();`); }
    return lines;
  }

  /** Puts deltas and inputs of all lanes into workgroup memory and multiplies them. */
  products(): string[] {
    const { stride, sites, blocks, lanesPerBlock, rowVectors, blockRows, blockCols } = this.#plan;
    const id = this.#id;
    const deltas = vectors(this.#layer.deltas);
    const inputs = vectors(this.#layer.inputs.map(({ expression }) => expression));
    const put = (vector: string, at: number) => `stage[lane * ${stride}u + ${at}u] = ${vector};`;
    return [
      ...deltas.map((vector, k) => put(vector, k)),
      ...inputs.map((vector, k) => put(vector, rowVectors + k)),
      "workgroupBarrier();",
      `if (lane < ${blocks * lanesPerBlock}u) {`,
      `  for (var s = 0u; s < ${sites}u; s++) {`,
      `    let at = (from${id} + s) * ${stride}u;`,
      ...range(blockRows).map((i) => `    let d${i} = stage[at + row${id} + ${i}u];`),
      ...range(blockCols).map((j) => `    let x${j} = stage[at + col${id} + ${j}u];`),
      ...range(4 * blockRows).flatMap((i) =>
        range(blockCols).map((j) => `    sum${id}_${i}_${j} += d${i >> 2}.${COMPONENTS[i & 3]} * x${j};`)
      ),
      ...(this.#hasBias ? range(blockRows).map((i) => `    bias${id}_${i} += d${i};`) : []),
      "  }",
      "}",
      "workgroupBarrier();",
    ];
  }

  /** Adds up the lanes that share a block and leaves the workgroup's sums; `partials` is where the call's sums begin. */
  sums(partials: string): string[] {
    const { blockRows, blockCols, rowVectors } = this.#plan;
    const { op, inputs } = this.#layer;
    const id = this.#id;
    const width = inputs.length + (this.#hasBias ? 1 : 0);
    const leave = (row: string, col: string, sum: string) =>
      `partials[${partials} + (${this.#firstColumn}u + (${row}) * ${width}u + ${col}) * groups + group] = ${sum};`;
    const lines: string[] = [];
    for (const i of range(4 * blockRows)) {
      const row = `4u * row${id} + ${i}u`;
      const col = (j: number, k: number) => `4u * (col${id} - ${rowVectors}u) + ${4 * j + k}u`;
      const names = range(blockCols).map((j) => `sum${id}_${i}_${j}`);
      lines.push(
        ...this.#acrossLanes(
          names,
          (sum, j) =>
            range(4).map((k) =>
              `if (${row} < ${op.rows}u && ${col(j, k)} < ${inputs.length}u) { ` +
              `${leave(row, col(j, k), `${sum}.${COMPONENTS[k]}`)} }`
            ),
        ),
      );
    }
    for (const i of this.#hasBias ? range(blockRows) : []) {
      lines.push(...this.#acrossLanes([`bias${id}_${i}`], (sum) =>
        range(4).map((k) => {
          const row = `4u * row${id} + ${4 * i + k}u`;
          return `if (${row} < ${op.rows}u && col${id} == ${rowVectors}u) { ` +
            `${leave(row, `${inputs.length}u`, `${sum}.${COMPONENTS[k]}`)} }`;
        })));
    }
    return lines;
  }

  /** Sums some vectors over the lanes that share a block; the block's first lane runs `use` on each sum. */
  #acrossLanes(names: readonly string[], use: (sum: string, index: number) => string[]): string[] {
    const { blocks, lanesPerBlock } = this.#plan;
    return [
      ...names.map((name, j) => `stage[${j * LANES}u + lane] = ${name};`),
      "workgroupBarrier();",
      `if (lane < ${blocks}u) {`,
      ...names.flatMap((_, j) => [
        `  var total${j} = vec4<f32>();`,
        `  for (var g = 0u; g < ${lanesPerBlock}u; g++) { total${j} += stage[${j * LANES}u + lane + g * ${blocks}u]; }`,
        ...use(`total${j}`, j).map((line) => `  ${line}`),
      ]),
      "}",
      "workgroupBarrier();",
    ];
  }
}

function range(length: number): number[] {
  return Array.from({ length }, (_, i) => i);
}

/** Expressions four by four, filled up with zeros. */
function vectors(expressions: readonly string[]): string[] {
  return range(Math.ceil(expressions.length / 4)).map((k) =>
    `vec4<f32>(${range(4).map((c) => expressions[4 * k + c] ?? "0.0").join(", ")})`
  );
}
