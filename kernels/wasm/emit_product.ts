/**
 * Emits matrix products over blocks of sites, in register tiles of up to 6 outputs by 8 sites, inputs unrolled.
 *
 * Where an engine checks the bounds of every access in the code itself (Deno 2.9.6 does), a load takes as long as three
 * multiply-adds. So a tile's weights are loaded once per block, into locals: most of those live on the stack, which needs
 * no checks.
 */

import type { Local } from "./assembler.ts";
import type { EmitContext } from "./emit_context.ts";
import { ROW } from "./program_layout.ts";
import type { Expr, LocalExpr } from "./vector_math.ts";

/** `to = relu(W input + rows + bias)`. */
export interface Product {
  readonly outputs: number;
  readonly inputs: number;
  /** The load of four sites of an input, `byteOffset` beyond the current site. */
  readonly input: (input: number, byteOffset: number) => Expr;
  /** Scratch offset of the rows written. */
  readonly to: number;
  /** Local with the address of the weights. */
  readonly weights: Local;
  /** Byte offset of the weight of (output, input); null where there is none. */
  weightOffset(output: number, input: number): number | null;
  /** Bytes from an output's weights to the next output's; undefined where weights are shared. */
  readonly outputStride: number | undefined;
  /** Scratch offsets of rows that the sums start from, one row per output. */
  readonly rows: readonly number[];
  /** Local with the address of the biases, one per output. */
  readonly bias: Local | undefined;
  readonly relu: boolean;
}

/** Outputs whose sums, with two vectors of inputs and a weight, fill the 15 registers that V8 hands out on x64. */
const MAX_TILE = 5;

/** Emits a product; all its addresses are back at their starts afterwards. */
export function emitProduct(c: EmitContext, product: Product): void {
  const tiles = Math.ceil(product.outputs / MAX_TILE);
  const height = Math.ceil(product.outputs / tiles);
  const rolled = product.outputStride === undefined ? 0 : Math.floor(product.outputs / height);
  if (rolled > 1) emitRolledTiles(c, product, rolled, height);
  for (let first = rolled > 1 ? rolled * height : 0; first < product.outputs; first += height) {
    emitTile(c, product, { first, outputs: Math.min(height, product.outputs - first), rowOffset: undefined });
  }
}

/** A loop over tiles of the same height. */
function emitRolledTiles(c: EmitContext, product: Product, tiles: number, height: number): void {
  const { f } = c;
  const { weights, bias } = product;
  const stride = height * product.outputStride!;
  const rowOffset = c.i32();
  f.i32(0).set(rowOffset);
  f.forLess(rowOffset, () => f.i32(tiles * height * ROW), height * ROW, () => {
    emitTile(c, product, { first: 0, outputs: height, rowOffset });
    f.increment(weights, stride);
    if (bias !== undefined) f.increment(bias, 4 * height);
  });
  f.increment(weights, -tiles * stride);
  if (bias !== undefined) f.increment(bias, -tiles * 4 * height);
}

interface Tile {
  /** First output, relative to `rowOffset`. */
  readonly first: number;
  readonly outputs: number;
  /** Local with the byte offset of the tile's first output row; undefined: 0. */
  readonly rowOffset: Local | undefined;
}

function emitTile(c: EmitContext, product: Product, tile: Tile): void {
  const { f, math } = c;
  const outputs = Array.from({ length: tile.outputs }, (_, i) => tile.first + i);
  const terms = outputs.map((output) => weightedInputs(product, output));
  const weights = loadSplats(c, product.weights, terms.flatMap((list) => list.map(({ offset }) => offset)));
  const biases = product.bias === undefined ? undefined : loadSplats(c, product.bias, outputs.map((o) => 4 * o));
  const out = tile.rowOffset === undefined ? c.p : c.i32();
  c.forScratch(32, () => {
    if (tile.rowOffset !== undefined) f.get(c.p, tile.rowOffset).op("i32.add").set(out);
    const sums = outputs.map((output) =>
      [0, 16].map((half) => math.let(startOf(c, product, output, out, half, biases?.get(4 * output))))
    );
    for (let input = 0; input < product.inputs; input++) {
      const used = terms.map((list) => list.find((term) => term.input === input));
      if (used.every((term) => term === undefined)) continue;
      const x = [0, 16].map((half) => math.let(product.input(input, half)));
      used.forEach((term, i) => {
        if (term === undefined) return;
        sums[i].forEach((sum, half) => {
          math.madd(weights.get(term.offset)!, x[half], sum)();
          f.set(sum.local);
        });
      });
      math.free(...x);
    }
    outputs.forEach((output, i) =>
      sums[i].forEach((sum, half) => {
        const value = product.relu ? math.max(sum, math.constant(0)) : sum;
        math.store(out, product.to + output * ROW + 16 * half, value);
      })
    );
    math.free(...sums.flat());
  });
  math.free(...weights.values(), ...(biases?.values() ?? []));
}

function weightedInputs(product: Product, output: number): { readonly input: number; readonly offset: number }[] {
  return Array.from({ length: product.inputs }, (_, input) => ({ input, offset: product.weightOffset(output, input) }))
    .flatMap(({ input, offset }) => offset === null ? [] : [{ input, offset }]);
}

function startOf(
  c: EmitContext,
  product: Product,
  output: number,
  out: Local,
  half: number,
  bias: Expr | undefined,
): Expr {
  const terms = product.rows.map((row) => c.math.load(out, row + output * ROW + half));
  if (bias !== undefined) terms.push(bias);
  return terms.length === 0 ? c.math.constant(0) : terms.reduce((a, b) => c.math.add(a, b));
}

const FLOATS_PER_VECTOR = [0, 1, 2, 3];

/** Loads the floats at some byte offsets, each into all lanes of a local; four neighbours come with one load. */
function loadSplats(c: EmitContext, address: Local, offsets: readonly number[]): Map<number, LocalExpr> {
  const { math } = c;
  const splats = new Map<number, LocalExpr>();
  const left = [...new Set(offsets)].sort((a, b) => a - b);
  while (left.length > 0) {
    const [first] = left;
    if (!FLOATS_PER_VECTOR.every((i) => left[i] === first + 4 * i)) {
      splats.set(first, math.let(math.splat(address, first)));
      left.shift();
      continue;
    }
    const four = math.let(math.load(address, first));
    for (const i of FLOATS_PER_VECTOR) {
      splats.set(first + 4 * i, math.let(math.splatLane(four.local, i)));
    }
    math.free(four);
    left.splice(0, FLOATS_PER_VECTOR.length);
  }
  return splats;
}
