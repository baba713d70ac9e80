/**
 * WebAssembly for one row of latents: context, ARM, and what is done with the prediction (decode a symbol, or store it).
 *
 * Every layer is unrolled: the presets make 3 to 6 KB. The weights are read once per row, into locals, which the engine
 * keeps on the stack: there they need no check of bounds, which Deno 2.9.6 makes in code at every access to memory. It
 * computes what `bitstream/integer_arm.ts` computes, for which sums modulo 2^32 may take any order.
 */

import { MAX_CONTEXT_LATENT } from "../../bitstream/integer_arm.ts";
import {
  type FunctionBuilder,
  i32Parameters,
  lanes,
  type Local,
  type ModuleBuilder,
} from "../../kernels/wasm/assembler.ts";
import type { ArmLayout } from "./arm_layout.ts";
import { CONTEXT_REACH, type ContextPair } from "./context_plan.ts";
import { emitDecodeSymbol, loadCoder, openCoder, storeCoder } from "./emit_symbol.ts";

/** Parameters of both row functions, in order; all i32. Pointers to rows point at their first latent. */
export const ROW_PARAMETERS = [
  /** `decodeRow`: the range decoder's state. `predictRow`: where the row's predictions go (i32 each). */
  "state",
  "width",
  /** Latents of the row, i16. */
  "latents",
  /** The row in the ring of context rows: Q6 i16, zeros on both sides. */
  "context",
  /** The ring's rows above, 8 bytes (four latents) before their first latent. */
  "up1",
  "up2",
  "up3",
  "up4",
  /** i16 per latent: not 0 if a context value from the rows above is not 0. */
  "nonzero",
  /** Initial sums of the first layer for each site of the features. */
  "partial",
  /** i32 per site of the features: the prediction for a context of zeros, or `NO_PREDICTION` and more. */
  "cache",
  /** Column x reads the features of site `x >> shift`. */
  "shift",
  "weights",
  /** Probability tables: see `emit_symbol.ts`. */
  "tables",
] as const;
type RowParameter = typeof ROW_PARAMETERS[number];
type RowLocals = Readonly<Record<RowParameter, Local>>;

/** Cache entries from here on are empty. Filling with bytes 0x7f empties a cache. */
export const NO_PREDICTION = 1 << 24;

/** Adds `decodeRow` (result 0, or 1 for a value beyond i16) and `predictRow` (result 0). */
export function emitRowFunctions(module: ModuleBuilder, layout: ArmLayout): void {
  const parameters = i32Parameters(ROW_PARAMETERS.length);
  module.function("decodeRow", { parameters, results: ["i32"] }, (f) => {
    const p = rowLocals();
    const coder = openCoder(f, p.state);
    loadCoder(f, coder);
    emitRow(f, layout, (prediction, value, address) => {
      emitDecodeSymbol(f, coder, { prediction, value, tables: p.tables });
      f.get(address, value).mem("i32.store16");
    });
    storeCoder(f, coder);
    f.i32(0);
  });
  module.function("predictRow", { parameters, results: ["i32"] }, (f) => {
    const { state } = rowLocals();
    emitRow(f, layout, (prediction, value, address) => {
      f.get(state, prediction).mem("i32.store").increment(state, 4);
      f.get(address).mem("i32.load16_s").set(value);
    });
    f.i32(0);
  });
}

function rowLocals(): RowLocals {
  return Object.fromEntries(ROW_PARAMETERS.map((name, i) => [name, i])) as RowLocals;
}

/** `finish` gets locals: the packed prediction, the value to set, and the address of the latent. */
type Finish = (prediction: Local, value: Local, address: Local) => void;

function emitRow(f: FunctionBuilder, layout: ArmLayout, finish: Finish): void {
  const p = rowLocals();
  const [x2, end, site, prediction, value, address, isZero] = Array.from({ length: 7 }, () => f.local("i32"));
  const left: LeftPairs = { near: f.local("i32"), far: f.local("i32") };
  const evaluate = evaluator(f, layout, { x2, site, prediction, left }, loadWeights(f, layout));
  f.get(p.width).i32(1).op("i32.shl").set(end);
  // A row may be run in parts: what is left of this one lies in the context row, and left of the first one zeros.
  f.get(p.context).i32(8).op("i32.sub").mem("i32.load").set(left.far);
  f.get(p.context).i32(8).op("i32.sub").mem("i32.load", 4).set(left.near);
  f.loop((again) => {
    f.get(x2).i32(1).op("i32.shr_u").get(p.shift).op("i32.shr_u").set(site);
    emitIsZeroContext(f, layout.pairs, { x2, left });
    f.set(isZero);
    f.block((known) => {
      f.get(isZero);
      f.if(() => {
        loadCached(f, site);
        f.tee(prediction).i32(NO_PREDICTION).op("i32.lt_s").brIf(known);
      });
      evaluate();
      f.get(isZero).if(() => {
        f.get(p.cache).get(site).i32(2).op("i32.shl", "i32.add").get(prediction).mem("i32.store");
      });
    });
    f.get(p.latents, x2).op("i32.add").set(address);
    finish(prediction, value, address);
    emitNewContextValue(f, value, x2, left);
    f.increment(x2, 2).get(x2, end).op("i32.lt_u").brIf(again);
  });
}

/** Locals with the vectors of weights that every prediction takes, by byte offset. */
type Weights = ReadonlyMap<number, Local>;

function loadWeights(f: FunctionBuilder, { contextOffset, initialOffset, ...layout }: ArmLayout): Weights {
  const weights = new Map<number, Local>();
  const laterLayers = layout.hiddenOffsets[0] ?? layout.outputOffset;
  for (const [first, end] of [[contextOffset, initialOffset], [laterLayers, layout.bytes]]) {
    for (let offset = first; offset < end; offset += 16) {
      const local = f.local("v128");
      f.get(rowLocals().weights).mem("v128.load", offset).set(local);
      weights.set(offset, local);
    }
  }
  return weights;
}

/** The four latents to the left as two pairs in registers, since a load would have to wait for two stores. */
interface LeftPairs {
  /** Columns x-2 (low half) and x-1. */
  readonly near: Local;
  /** Columns x-4 and x-3. */
  readonly far: Local;
}

function loadCached(f: FunctionBuilder, site: Local): void {
  f.get(rowLocals().cache).get(site).i32(2).op("i32.shl", "i32.add").mem("i32.load");
}

/** Pushes whether all of the spatial context is 0. */
function emitIsZeroContext(
  f: FunctionBuilder,
  pairs: readonly ContextPair[],
  { x2, left }: { x2: Local; left: LeftPairs },
): void {
  f.get(rowLocals().nonzero, x2).op("i32.add").mem("i32.load16_u");
  for (const pair of pairs.filter(({ up }) => up === 0)) {
    f.get(pair.dx === -2 ? left.near : left.far);
    if (pair.left < 0) f.i32(16).op("i32.shr_u");
    if (pair.right < 0) f.i32(16).op("i32.shl");
    f.op("i32.or");
  }
  f.op("i32.eqz");
}

/** Stores `clamp(value, -511, 511) << 6` in the context row and moves the pairs on. */
function emitNewContextValue(f: FunctionBuilder, value: Local, x2: Local, { near, far }: LeftPairs): void {
  f.get(value).i32(MAX_CONTEXT_LATENT).op("i32.add").i32(2 * MAX_CONTEXT_LATENT).op("i32.gt_u");
  f.if(() => {
    f.i32(-MAX_CONTEXT_LATENT).i32(MAX_CONTEXT_LATENT).get(value).i32(0).op("i32.lt_s", "select").set(value);
  });
  f.get(value).i32(6).op("i32.shl").set(value);
  f.get(rowLocals().context, x2).op("i32.add").get(value).mem("i32.store16");
  f.get(far).i32(16).op("i32.shr_u").get(near).i32(16).op("i32.shl", "i32.or").set(far);
  f.get(near).i32(16).op("i32.shr_u").get(value).i32(16).op("i32.shl", "i32.or").set(near);
}

interface EvaluatorLocals {
  readonly x2: Local;
  readonly site: Local;
  readonly prediction: Local;
  readonly left: LeftPairs;
}

/** Code that sets `prediction` from the context. */
function evaluator(f: FunctionBuilder, layout: ArmLayout, locals: EvaluatorLocals, weights: Weights): () => void {
  const widest = Math.max(layout.firstVectors, ...layout.hidden.map((outputs) => Math.ceil(outputs / 4)));
  const sums = Array.from({ length: widest + 1 }, () => f.local("v128"));
  const activations = Array.from({ length: Math.ceil(widest / 2) }, () => f.local("v128"));
  const pair = f.local("v128");
  const linear = f.local("v128");
  return () => {
    emitFirstLayer(f, layout, locals, { sums, pair, weights });
    if (layout.linearLane !== undefined) {
      f.get(sums[layout.firstVectors - 1]).i32(2).op("i32x4.shl").set(linear);
      if (layout.linearLane % 4 === 2) f.get(linear, linear).shuffle(lanes(2, 3, 2, 3)).set(linear);
    }
    if (layout.hidden.length === 0) {
      f.get(linear, linear, linear).shuffle(lanes(2, 3, 2, 3)).op("i32x4.add");
    } else {
      emitActivations(f, sums, activations, layout.hidden[0], 6);
      layout.hidden.slice(1).forEach((outputs, l) => {
        emitHiddenLayer(f, { sums, activations, pair, weights }, layout.hiddenOffsets[l], layout.hidden[l], outputs);
        emitActivations(f, sums, activations, outputs, 8);
      });
      emitOutput(f, layout, { sums, activations, weights });
      if (layout.linearLane !== undefined) f.get(linear).op("i32x4.add");
    }
    emitPrediction(f, weights.get(layout.outputOffset)!, linear);
    f.set(locals.prediction);
  };
}

interface VectorLocals {
  readonly sums: readonly Local[];
  readonly pair: Local;
  readonly weights: Weights;
}

function emitFirstLayer(
  f: FunctionBuilder,
  layout: ArmLayout,
  { x2, site, left }: EvaluatorLocals,
  locals: VectorLocals,
): void {
  const p = rowLocals();
  const vectors = layout.firstVectors;
  const row = f.local("i32");
  f.get(p.partial).get(site).i32(16 * vectors).op("i32.mul", "i32.add").set(row);
  for (let v = 0; v < vectors; v++) f.get(row).mem("v128.load", 16 * v).set(locals.sums[v]);
  let up = 0;
  layout.pairs.forEach((context, i) => {
    if (context.up === 0) {
      f.get(context.dx === -2 ? left.near : left.far).op("i32x4.splat");
    } else {
      if (context.up !== up) f.get([p.up1, p.up2, p.up3, p.up4][context.up - 1], x2).op("i32.add").set(row);
      up = context.up;
      f.get(row).mem("v128.load32_splat", 2 * (context.dx + CONTEXT_REACH));
    }
    f.set(locals.pair);
    emitAddProducts(f, locals, vectors, layout.contextOffset + 16 * i * vectors);
  });
}

/** `sums[v] += dot(pair, weights at offset + 16 v)`. */
function emitAddProducts(
  f: FunctionBuilder,
  { pair, sums, weights }: VectorLocals,
  vectors: number,
  offset: number,
): void {
  for (let v = 0; v < vectors; v++) {
    f.get(sums[v], pair, weights.get(offset + 16 * v)!).op("i32x4.dot_i16x8_s", "i32x4.add").set(sums[v]);
  }
}

/** `clamp(sums >> shift, 0, 32767)` as i16, eight to a vector. */
function emitActivations(
  f: FunctionBuilder,
  sums: readonly Local[],
  activations: readonly Local[],
  outputs: number,
  shift: number,
): void {
  const vectors = Math.ceil(outputs / 4);
  for (let v = 0; v < vectors; v += 2) {
    f.get(sums[v]).i32(shift).op("i32x4.shr_s");
    if (v + 1 < vectors) f.get(sums[v + 1]).i32(shift).op("i32x4.shr_s");
    else f.i32x4(0);
    f.op("i16x8.narrow_i32x4_s").i32x4(0).op("i16x8.max_s").set(activations[v / 2]);
  }
}

function emitHiddenLayer(
  f: FunctionBuilder,
  { activations, ...locals }: VectorLocals & { activations: readonly Local[] },
  offset: number,
  inputs: number,
  outputs: number,
): void {
  const vectors = Math.ceil(outputs / 4);
  for (let v = 0; v < vectors; v++) f.get(locals.weights.get(offset + 16 * v)!).set(locals.sums[v]);
  for (let i = 0; i < Math.ceil(inputs / 2); i++) {
    f.splatLane(activations[i >> 2], i & 3).set(locals.pair);
    emitAddProducts(f, locals, vectors, offset + 16 * vectors * (1 + i));
  }
}

/** Pushes the output's two sums in lanes 0 and 1. */
function emitOutput(
  f: FunctionBuilder,
  layout: ArmLayout,
  { sums, activations, weights }: { sums: readonly Local[]; activations: readonly Local[]; weights: Weights },
): void {
  const vectors = Math.ceil(layout.hidden.at(-1)! / 8);
  for (const o of [0, 1]) {
    for (let v = 0; v < vectors; v++) {
      f.get(activations[v], weights.get(layout.outputOffset + 16 * (1 + o * vectors + v))!).op("i32x4.dot_i16x8_s");
      if (v > 0) f.op("i32x4.add");
    }
    f.set(sums[o]);
  }
  f.get(sums[0], sums[1]).shuffle(lanes(0, 4, 1, 5));
  f.get(sums[0], sums[1]).shuffle(lanes(2, 6, 3, 7)).op("i32x4.add").tee(sums[0]);
  f.get(sums[0], sums[0]).shuffle(lanes(2, 3, 2, 3)).op("i32x4.add");
}

/** Takes the sums (Q16) without biases from the stack and pushes `(mu << 6) | scale`. */
function emitPrediction(f: FunctionBuilder, biases: Local, sum: Local): void {
  f.get(biases).op("i32x4.add").tee(sum);
  f.i32(10).op("i32x4.shr_s").get(sum).i32(13).op("i32x4.shr_s").shuffle(lanes(0, 5, 0, 5));
  f.v128(new Uint8Array(Int32Array.of(8191, 63, 0, 0).buffer)).op("i32x4.min_s");
  f.v128(new Uint8Array(Int32Array.of(-8191, 0, 0, 0).buffer)).op("i32x4.max_s").tee(sum);
  f.lane("i32x4.extract_lane", 0).i32(6).op("i32.shl").get(sum).lane("i32x4.extract_lane", 1).op("i32.or");
}
