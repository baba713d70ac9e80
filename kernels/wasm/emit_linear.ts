/**
 * Emits matrix products over blocks of sites: register tiles of 4 outputs by 8 sites, inputs unrolled, weights splatted from
 * memory; and the weight gradients, register tiles of 4 by 2 weights.
 */

import { type LinearOp, widthOf } from "../program.ts";
import type { Local } from "./assembler.ts";
import type { EmitContext } from "./emit_context.ts";
import { parameterField, ROW } from "./program_layout.ts";

/** Where a product's sums start: rows at a scratch offset, or a bias (one number per output). */
export interface ProductStart {
  /** Scratch offsets of rows that are added, one row per output. */
  readonly rows: readonly number[];
  /** Parameter slot of a bias. */
  readonly bias?: number | undefined;
}

interface Product {
  readonly outputs: number;
  readonly inputs: number;
  /** Scratch offsets of the rows read and written. */
  readonly from: number;
  readonly to: number;
  /** Local with the address of the weights. */
  readonly weights: Local;
  /** Byte offset of the weight of (output, input); null where there is none. */
  weightOffset(output: number, input: number): number | null;
  /** Whether the weights of outputs o+4 are those of o, `tileStride` bytes on. */
  readonly dense: boolean;
  readonly tileStride: number;
  readonly start: ProductStart;
  readonly relu: boolean;
}

const TILE = 4;

/** Emits `to = relu(W from + bias + addend)`. */
export function emitLinearForward(c: EmitContext, op: LinearOp, to: number): void {
  const inputs = widthOf(c.program, op.input);
  emitProduct(c, {
    outputs: op.rows,
    inputs,
    from: c.layout.values[op.input],
    to,
    weights: loadParameterAddress(c, op.weights),
    weightOffset: (output, input) => mapped(op, output * inputs + input),
    dense: isDense(op),
    tileStride: 4 * TILE * inputs,
    start: { rows: op.addend === undefined ? [] : [c.layout.values[op.addend]], bias: op.bias },
    relu: op.relu,
  });
}

/**
 * Emits the gradient of the input: `dInput = start + W^T dOutput`.
 *
 * @param startRows Scratch offsets of rows that the sum starts from (an earlier gradient, or dOutput for a residual layer).
 */
export function emitLinearInputGradient(c: EmitContext, op: LinearOp, dOutput: number, startRows: number[]): void {
  const inputs = widthOf(c.program, op.input);
  emitProduct(c, {
    outputs: inputs,
    inputs: op.rows,
    from: dOutput,
    to: c.layout.gradients[op.input],
    weights: loadParameterAddress(c, op.weights),
    weightOffset: (output, input) => mapped(op, input * inputs + output),
    dense: isDense(op),
    tileStride: 4 * TILE,
    start: { rows: startRows },
    relu: false,
  });
}

function mapped(op: LinearOp, entry: number): number | null {
  return op.map[entry] < 0 ? null : 4 * op.map[entry];
}

function isDense(op: LinearOp): boolean {
  return op.map.every((weight, entry) => weight === entry);
}

function loadParameterAddress(c: EmitContext, slot: number): Local {
  const address = c.i32();
  c.bindingWord(parameterField(slot));
  c.f.set(address);
  return address;
}

function emitProduct(c: EmitContext, product: Product): void {
  const fullTiles = Math.floor(product.outputs / TILE);
  const bias = product.start.bias === undefined ? undefined : loadParameterAddress(c, product.start.bias);
  const rolled = product.dense && fullTiles > 1 ? fullTiles : 0;
  if (rolled > 0) emitRolledTiles(c, product, bias, rolled);
  for (let first = rolled * TILE; first < product.outputs; first += TILE) {
    emitTile(c, product, { first, rows: Math.min(TILE, product.outputs - first), rowOffset: undefined, bias });
  }
}

/** A loop over full tiles; afterwards the weight and bias addresses are back at their starts. */
function emitRolledTiles(c: EmitContext, product: Product, bias: Local | undefined, tiles: number): void {
  const { f } = c;
  const rowOffset = c.i32();
  f.i32(0).set(rowOffset);
  f.forLess(rowOffset, () => f.i32(tiles * TILE * ROW), TILE * ROW, () => {
    emitTile(c, product, { first: 0, rows: TILE, rowOffset, bias });
    f.increment(product.weights, product.tileStride);
    if (bias !== undefined) f.increment(bias, 4 * TILE);
  });
  f.increment(product.weights, -tiles * product.tileStride);
  if (bias !== undefined) f.increment(bias, -tiles * 4 * TILE);
}

interface Tile {
  /** First output, relative to `rowOffset`. */
  readonly first: number;
  readonly rows: number;
  /** Local with the byte offset of the tile's first output row; undefined: 0. */
  readonly rowOffset: Local | undefined;
  readonly bias: Local | undefined;
}

function emitTile(c: EmitContext, product: Product, tile: Tile): void {
  const { f, math } = c;
  const sums = Array.from({ length: tile.rows }, () => [f.local("v128"), f.local("v128")]);
  const x = [f.local("v128"), f.local("v128")];
  const weight = f.local("v128");
  const out = tile.rowOffset === undefined ? c.p : c.i32();
  c.forScratch(32, () => {
    if (tile.rowOffset !== undefined) f.get(c.p, tile.rowOffset).op("i32.add").set(out);
    emitTileStart(c, product, tile, sums, out);
    for (let input = 0; input < product.inputs; input++) {
      const offsets = sums.map((_, r) => product.weightOffset(tile.first + r, input));
      if (offsets.every((offset) => offset === null)) continue;
      x.forEach((local, half) => f.get(c.p).mem("v128.load", product.from + input * ROW + 16 * half).set(local));
      sums.forEach((pair, r) => {
        const offset = offsets[r];
        if (offset === null) return;
        f.get(product.weights).mem("v128.load32_splat", offset).set(weight);
        pair.forEach((sum, half) => {
          math.madd(math.local(weight), math.local(x[half]), math.local(sum))();
          f.set(sum);
        });
      });
    }
    sums.forEach((pair, r) =>
      pair.forEach((sum, half) => {
        const value = product.relu ? math.max(math.local(sum), math.constant(0)) : math.local(sum);
        math.store(out, product.to + (tile.first + r) * ROW + 16 * half, value);
      })
    );
  });
}

function emitTileStart(c: EmitContext, product: Product, tile: Tile, sums: Local[][], out: Local): void {
  const { f, math } = c;
  sums.forEach((pair, r) => {
    const rows = product.start.rows.map((offset) => (half: number) =>
      math.load(out, offset + (tile.first + r) * ROW + 16 * half)
    );
    pair.forEach((sum, half) => {
      const terms = rows.map((row) => row(half));
      if (tile.bias !== undefined) terms.push(math.splat(tile.bias, 4 * (tile.first + r)));
      const first = terms.shift() ?? math.constant(0);
      terms.reduce((a, b) => math.add(a, b), first)();
      f.set(sum);
    });
  });
}

/** Scratch offsets of an output's rows and of their gradients'. */
export interface OutputRows {
  readonly output: number;
  readonly dOutput: number;
}

/**
 * Emits the sums over the block's sites of `dOutput x input` (weights) and `dOutput` (bias) into the thread's totals. A ReLU
 * first clears `dOutput`, in place, where the output is not positive.
 */
export function emitParameterGradients(c: EmitContext, op: LinearOp, at: OutputRows): void {
  emitRowGradients(c, op, at);
  if (isDense(op)) emitDenseWeightSums(c, op, at.dOutput);
  else emitSharedWeightSums(c, op, at.dOutput);
}

/** Scratch offset of the vector of sums of a slot's first parameter. */
function sumOffset(c: EmitContext, slot: number): number {
  return c.layout.parameterSums + 16 * c.layout.slotStarts[slot];
}

const WEIGHT_TILE = { rows: 4, cols: 2 } as const;

function emitDenseWeightSums(c: EmitContext, op: LinearOp, dOutput: number): void {
  const cols = widthOf(c.program, op.input);
  const input = c.layout.values[op.input];
  const sums = sumOffset(c, op.weights);
  const fullRows = op.rows - op.rows % WEIGHT_TILE.rows;
  const fullCols = cols - cols % WEIGHT_TILE.cols;
  const at = { dOutput, input, sums, cols };
  for (const [firstRow, endRow, rows] of [[0, fullRows, WEIGHT_TILE.rows], [fullRows, op.rows, op.rows - fullRows]]) {
    for (const [firstCol, endCol, width] of [[0, fullCols, WEIGHT_TILE.cols], [fullCols, cols, cols - fullCols]]) {
      if (rows > 0 && width > 0 && endRow > firstRow && endCol > firstCol) {
        emitWeightTiles(c, at, { firstRow, endRow, rows, firstCol, endCol, width });
      }
    }
  }
}

interface WeightSums {
  readonly dOutput: number;
  readonly input: number;
  readonly sums: number;
  readonly cols: number;
}

interface WeightTiles {
  readonly firstRow: number;
  readonly endRow: number;
  readonly rows: number;
  readonly firstCol: number;
  readonly endCol: number;
  readonly width: number;
}

/** Two loops over equal tiles of the weight matrix; addresses are kept relative to scratch. */
function emitWeightTiles(c: EmitContext, at: WeightSums, tiles: WeightTiles): void {
  const { f } = c;
  const [row, col, dOut, x, sum] = [c.i32(), c.i32(), c.i32(), c.i32(), c.i32()];
  f.i32(tiles.firstRow).set(row);
  f.forLess(row, () => f.i32(tiles.endRow), tiles.rows, () => {
    f.i32(tiles.firstCol).set(col);
    f.forLess(col, () => f.i32(tiles.endCol), tiles.width, () => {
      f.get(c.scratch, row).i32(ROW).op("i32.mul", "i32.add").set(dOut);
      f.get(c.scratch, col).i32(ROW).op("i32.mul", "i32.add").set(x);
      f.get(row).i32(at.cols).op("i32.mul").get(col).op("i32.add").i32(4).op("i32.shl");
      f.get(c.scratch).op("i32.add").set(sum);
      emitWeightTile(c, at, tiles, { dOut, x, sum });
    });
  });
}

function emitWeightTile(
  c: EmitContext,
  at: WeightSums,
  { rows, width }: WeightTiles,
  pointers: { dOut: Local; x: Local; sum: Local },
): void {
  const { f, math } = c;
  const sums = Array.from({ length: rows }, () => Array.from({ length: width }, () => f.local("v128")));
  const x = Array.from({ length: width }, () => f.local("v128"));
  const d = f.local("v128");
  const rest = c.i32();
  sums.flat().forEach((sum) => f.f32x4(0).set(sum));
  f.get(c.pEnd, c.scratch).op("i32.sub").set(rest);
  f.loop((again) => {
    for (const half of [0, 16]) {
      x.forEach((local, k) => f.get(pointers.x).mem("v128.load", at.input + k * ROW + half).set(local));
      sums.forEach((line, r) => {
        f.get(pointers.dOut).mem("v128.load", at.dOutput + r * ROW + half).set(d);
        line.forEach((sum, k) => {
          math.madd(math.local(d), math.local(x[k]), math.local(sum))();
          f.set(sum);
        });
      });
    }
    f.increment(pointers.x, 32).increment(pointers.dOut, 32);
    f.increment(rest, -32).get(rest).brIf(again);
  });
  sums.forEach((line, r) =>
    line.forEach((sum, k) => {
      const offset = at.sums + 16 * (r * at.cols + k);
      math.store(pointers.sum, offset, math.add(math.load(pointers.sum, offset), math.local(sum)));
    })
  );
}

/** Weights that serve several entries of the matrix (small kernels): all sums in one pass over the sites. */
function emitSharedWeightSums(c: EmitContext, op: LinearOp, dOutput: number): void {
  const { math } = c;
  const cols = widthOf(c.program, op.input);
  const input = c.layout.values[op.input];
  const first = sumOffset(c, op.weights);
  const sums = Array.from({ length: c.program.parameters[op.weights].length }, () => math.let(math.constant(0)));
  c.forScratch(16, () => {
    const d = Array.from({ length: op.rows }, (_, r) => math.let(math.load(c.p, dOutput + r * ROW)));
    for (let col = 0; col < cols; col++) {
      const x = math.let(math.load(c.p, input + col * ROW));
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
  sums.forEach((sum, i) => {
    const offset = first + 16 * i;
    math.store(c.scratch, offset, math.add(math.load(c.scratch, offset), sum));
  });
  math.free(...sums);
}

/** Rows that are worked on side by side: their sums stay in registers and need not wait for one another. */
const ROW_TILE = 8;

/** What concerns each output by itself, in one pass: the ReLU's mask and the bias' sum. */
function emitRowGradients(c: EmitContext, op: LinearOp, at: OutputRows): void {
  if (!op.relu && op.bias === undefined) return;
  for (let first = 0; first < op.rows; first += ROW_TILE) {
    const rows = Array.from({ length: Math.min(ROW_TILE, op.rows - first) }, (_, i) => first + i);
    emitRowTile(c, op, { ...at, rows });
  }
}

function emitRowTile(
  c: EmitContext,
  { relu, bias }: LinearOp,
  { rows, output, dOutput }: OutputRows & { rows: readonly number[] },
): void {
  const { f, math } = c;
  const sums = bias === undefined ? [] : rows.map(() => math.let(math.constant(0)));
  c.forScratch(16, () =>
    rows.forEach((r, i) => {
      const d = math.let(math.load(c.p, dOutput + r * ROW));
      if (relu) {
        math.and(math.less(math.constant(0), math.load(c.p, output + r * ROW)), d)();
        f.set(d.local);
        math.store(c.p, dOutput + r * ROW, d);
      }
      if (bias !== undefined) {
        math.add(sums[i], d)();
        f.set(sums[i].local);
      }
      math.free(d);
    }));
  sums.forEach((sum, i) => {
    const total = sumOffset(c, bias!) + 16 * rows[i];
    math.store(c.scratch, total, math.add(math.load(c.scratch, total), sum));
  });
  math.free(...sums);
}
