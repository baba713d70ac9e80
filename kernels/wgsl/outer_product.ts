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
      // A beginning known at run time only keeps drivers from unrolling the loop, which multiplies their compile times.
      `  for (var s = from${id}; s < from${id} + ${sites}u; s++) {`,
      `    let at = s * ${stride}u;`,
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
    const { blockRows, blockCols, rowVectors, blocks, blocksAcross } = this.#plan;
    const { op: { rows }, inputs: { length: cols } } = this.#layer;
    const id = this.#id;
    const width = cols + (this.#hasBias ? 1 : 0);
    const place = (row: string, col: string) =>
      `${partials} + (${this.#firstColumn}u + (${row}) * ${width}u + ${col}) * groups + group`;
    const used = blocks === blocksAcross ? rows : 4 * blockRows; // With one row of blocks, the rest is padding.
    const weights = range(Math.min(used, 4 * blockRows)).flatMap((i) => {
      const row = `4u * row${id} + ${i}u`;
      return this.#acrossLanes(range(blockCols).map((j) => `sum${id}_${i}_${j}`), (sum, j) => {
        const col = `4u * (col${id} - ${rowVectors}u) + ${4 * j}u`;
        return `if (${row} < ${rows}u && ${col} < ${cols}u) ` +
          `{ leaveSums(${sum}, ${place(row, col)}, groups, ${cols}u - (${col})); }`;
      });
    });
    const biases = range(this.#hasBias ? blockRows : 0).flatMap((i) => {
      const row = `4u * row${id} + ${4 * i}u`;
      return this.#acrossLanes([`bias${id}_${i}`], (sum) =>
        `if (${row} < ${rows}u && col${id} == ${rowVectors}u) ` +
        `{ leaveSums(${sum}, ${place(row, `${cols}u`)}, ${width}u * groups, ${rows}u - (${row})); }`);
    });
    return [...weights, ...biases];
  }

  /** Sums some vectors over the lanes that share a block; the block's first lane runs `use` on each sum. */
  #acrossLanes(names: readonly string[], use: (sum: string, index: number) => string): string[] {
    const { blocks, lanesPerBlock } = this.#plan;
    return [
      ...names.map((name, j) => `stage[${j * LANES}u + lane] = ${name};`),
      "workgroupBarrier();",
      `if (lane < ${blocks}u) {`,
      ...names.flatMap((_, j) => [
        `  var total${j} = vec4<f32>();`,
        `  for (var at = lane; at < ${blocks * lanesPerBlock}u; at += ${blocks}u) { total${j} += stage[${
          j * LANES
        }u + at]; }`,
        `  ${use(`total${j}`, j)}`,
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
