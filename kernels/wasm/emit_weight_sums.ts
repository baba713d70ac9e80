/**
 * Emits the gradients of a layer's parameters: sums over a block's sites, in the thread's totals (one vector per
 * parameter, whose lanes are added up at the end of a strip).
 */

import { type LinearOp, widthOf } from "../program.ts";
import type { Local } from "./assembler.ts";
import type { EmitContext, Reader } from "./emit_context.ts";
import { ROW } from "./program_layout.ts";
import type { LocalExpr } from "./vector_math.ts";

/** Scratch offsets of an output's rows and of their gradients'. */
export interface OutputRows {
  readonly output: number;
  readonly dOutput: number;
}

/** Outputs and inputs of a tile: V8's 15 registers on x64 hold its sums, its inputs and a gradient. */
const TILE = { outputs: 4, inputs: 2 } as const;

/** Vectors of sites that a tile takes at once, as long as so many are left. Blocks are multiples of the last. */
const CHUNKS = [8, 2] as const;

/** Offset from scratch of the sums for a slot's parameters. */
function sumsOf(c: EmitContext, slot: number): number {
  return c.layout.parameterSums + 16 * c.layout.slotStarts[slot];
}

/**
 * Adds up `dOutput x input` for weights that each serve one entry of the matrix, and `dOutput` for biases. A ReLU first
 * clears `dOutput`, in place, where the output is not positive. The gradients of a tile's outputs stay in locals, as the
 * weights do in a product (`emit_product.ts`), while all inputs pass by. Each chunk has sums of its own, which are added to
 * the totals: long chains of sums would lose precision.
 */
export function emitDenseGradients(c: EmitContext, op: LinearOp, rows: OutputRows): void {
  const height = Math.ceil(op.rows / Math.ceil(op.rows / TILE.outputs));
  const full = op.rows - op.rows % height;
  emitTiles(c, op, rows, { first: 0, end: full, outputs: height });
  if (full < op.rows) emitTiles(c, op, rows, { first: full, end: op.rows, outputs: op.rows - full });
}

interface Tiles {
  readonly first: number;
  readonly end: number;
  /** Outputs of each. */
  readonly outputs: number;
}

/** A tile of outputs, with locals for the addresses of its rows at the present sites and of its first sums. */
interface Tile {
  readonly outputs: number;
  readonly rows: Local;
  readonly sums: Local;
  readonly biasSums: Local;
}

function emitTiles(c: EmitContext, op: LinearOp, rows: OutputRows, { first, end, outputs }: Tiles): void {
  const { f } = c;
  const tile = { outputs, rows: c.i32(), sums: c.i32(), biasSums: c.i32() };
  const output = c.i32();
  const address = (base: Local, stride: number, to: Local) =>
    f.get(output).i32(stride).op("i32.mul").get(base).op("i32.add").set(to);
  f.i32(first).set(output);
  f.forLess(output, () => f.i32(end), outputs, () => {
    address(c.scratch, 16 * widthOf(c.program, op.input), tile.sums);
    address(c.scratch, 16, tile.biasSums);
    c.forChunks(CHUNKS, (vectors) => {
      address(c.p, ROW, tile.rows);
      const gradients = emitOutputGradients(c, op, rows, { tile, vectors });
      emitWeightSums(c, op, { tile, gradients });
      c.math.free(...gradients.flat());
    });
  });
}

/** Loads a chunk of the gradients of a tile's outputs; adds up those for biases. */
function emitOutputGradients(
  c: EmitContext,
  { relu, bias }: LinearOp,
  { output, dOutput }: OutputRows,
  { tile, vectors }: { tile: Tile; vectors: number },
): LocalExpr[][] {
  const { f, math } = c;
  const outputs = Array.from({ length: tile.outputs }, (_, i) => i);
  const sumAt = (i: number) => sumsOf(c, bias!) + 16 * i;
  const sums = bias === undefined ? [] : outputs.map(() => math.let(math.constant(0)));
  const gradients: LocalExpr[][] = outputs.map(() => []);
  for (let vector = 0; vector < vectors; vector++) {
    for (const i of outputs) {
      const at = i * ROW + 16 * vector;
      const d = math.let(math.load(tile.rows, dOutput + at));
      if (relu) {
        math.and(math.less(math.constant(0), math.load(tile.rows, output + at)), d)();
        f.set(d.local);
        math.store(tile.rows, dOutput + at, d);
      }
      if (bias !== undefined) {
        math.add(sums[i], d)();
        f.set(sums[i].local);
      }
      gradients[i].push(d);
    }
  }
  sums.forEach((sum, i) => c.math.addTo(tile.biasSums, sumAt(i), sum));
  math.free(...sums);
  return gradients;
}

/** Adds the products of a chunk's gradients with all inputs to the sums of a tile's weights. */
function emitWeightSums(
  c: EmitContext,
  op: LinearOp,
  { tile, gradients }: { tile: Tile; gradients: readonly LocalExpr[][] },
): void {
  const { f } = c;
  const cols = widthOf(c.program, op.input);
  if (c.readers.has(op.input)) {
    for (let first = 0; first < cols; first += TILE.inputs) {
      const read: Reader = (k, byteOffset) => c.read(op.input, first + k, byteOffset);
      const inputs = Math.min(TILE.inputs, cols - first);
      emitTile(c, op, { gradients, read, inputs, sums: tile.sums, firstSum: 16 * first });
    }
    return;
  }
  const full = cols - cols % TILE.inputs;
  const [input, x, sums] = [c.i32(), c.i32(), c.i32()];
  const read: Reader = (k, byteOffset) => c.math.load(x, c.layout.values[op.input] + k * ROW + byteOffset);
  f.get(c.p).set(x).get(tile.sums).set(sums).i32(0).set(input);
  f.forLess(input, () => f.i32(full), TILE.inputs, () => {
    emitTile(c, op, { gradients, read, inputs: TILE.inputs, sums, firstSum: 0 });
    f.increment(x, TILE.inputs * ROW).increment(sums, TILE.inputs * 16);
  });
  if (full < cols) emitTile(c, op, { gradients, read, inputs: cols - full, sums, firstSum: 0 });
}

interface InputTile {
  readonly gradients: readonly LocalExpr[][];
  readonly read: Reader;
  readonly inputs: number;
  /** Local with an address among the sums for the tile's first output, and the byte offset there of the first input's. */
  readonly sums: Local;
  readonly firstSum: number;
}

function emitTile(c: EmitContext, op: LinearOp, { gradients, read, inputs, sums, firstSum }: InputTile): void {
  const { f, math } = c;
  const first = sumsOf(c, op.weights) + firstSum;
  const columns = Array.from({ length: inputs }, (_, k) => k);
  const totals = gradients.map(() => columns.map(() => math.let(math.constant(0))));
  for (let vector = 0; vector < gradients[0].length; vector++) {
    const values = columns.map((k) => math.let(read(k, 16 * vector)));
    gradients.forEach((row, output) =>
      values.forEach((value, k) => {
        math.madd(row[vector], value, totals[output][k])();
        f.set(totals[output][k].local);
      })
    );
    math.free(...values);
  }
  const cols = widthOf(c.program, op.input);
  totals.forEach((line, output) =>
    line.forEach((total, k) => c.math.addTo(sums, first + 16 * (output * cols + k), total))
  );
  math.free(...totals.flat());
}

/** Adds up `dOutput x input` for weights that serve several entries of the matrix (small kernels), in one pass. */
export function emitSharedGradients(c: EmitContext, op: LinearOp, dOutput: number): void {
  const { math } = c;
  const cols = widthOf(c.program, op.input);
  const sums = Array.from({ length: c.program.parameters[op.weights].length }, () => math.let(math.constant(0)));
  c.forScratch(16, () => {
    const d = Array.from({ length: op.rows }, (_, r) => math.let(math.load(c.p, dOutput + r * ROW)));
    for (let col = 0; col < cols; col++) {
      const x = math.let(c.read(op.input, col, 0));
      for (let r = 0; r < op.rows; r++) {
        const weight = op.map[r * cols + col];
        if (weight < 0) continue;
        math.madd(d[r], x, sums[weight])();
        c.f.set(sums[weight].local);
      }
      math.free(x);
    }
    math.free(...d);
  });
  sums.forEach((sum, i) => math.addTo(c.scratch, sumsOf(c, op.weights) + 16 * i, sum));
  math.free(...sums);
}
