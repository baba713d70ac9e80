/** WebAssembly for `decodeSymbol` of `bitstream/symbols.ts` and the range decoder under it. */

import { MU_PHASES, PROBABILITIES, PROBABILITY_BITS, SCALE_COUNT } from "../../bitstream/probability_table.ts";
import type { FunctionBuilder, Local } from "../../kernels/wasm/assembler.ts";

/**
 * Bytes of a range decoder's state in memory, i32 each: code, range, the address of the next four bytes, and the lowest that
 * this may be. A stream lies in memory backwards, so that a plain load has its next byte on top:
 *
 *     | 8 zeros | last byte ... | 4 next bytes | bytes read |
 *     ^ lowest                  ^ next
 */
export const CODER_BYTES = 16;
/** Zeros behind the end of a stream: what may be read of them, and the load of what lies beyond. */
export const STREAM_ZEROS = 8;
/** Two u16 (zero, negative) for each of `[MU_PHASES, SCALE_COUNT]`, so that a packed prediction's low bits are the index. */
const SYMBOL_TABLE_BYTES = 4 * MU_PHASES * SCALE_COUNT;
/** Bytes of the probability tables: the above, then the stop probabilities, u16 `[SCALE_COUNT]`. */
export const TABLE_BYTES = SYMBOL_TABLE_BYTES + 2 * SCALE_COUNT;

/** Writes the probability tables at `address`, with one of the run tables. */
export function writeTables(memory: WebAssembly.Memory, address: number, stops: Uint16Array): void {
  const table = new Uint16Array(memory.buffer, address, TABLE_BYTES / 2);
  for (let phase = 0; phase < MU_PHASES; phase++) {
    for (let scale = 0; scale < SCALE_COUNT; scale++) {
      const [to, from] = [2 * (phase * SCALE_COUNT + scale), scale * MU_PHASES + phase];
      table[to] = PROBABILITIES.zero[from];
      table[to + 1] = PROBABILITIES.negative[from];
    }
  }
  table.set(stops, SYMBOL_TABLE_BYTES / 2);
}

/** A range decoder in locals. */
export interface CoderLocals {
  /** Address of its state. */
  readonly state: Local;
  readonly code: Local;
  readonly range: Local;
  readonly next: Local;
  readonly lowest: Local;
  readonly bound: Local;
}

/** Declares the locals of the decoder whose state's address is in `state`. */
export function openCoder(f: FunctionBuilder, state: Local): CoderLocals {
  const [code, range, next, lowest, bound] = Array.from({ length: 5 }, () => f.local("i32"));
  return { state, code, range, next, lowest, bound };
}

/** Loads the state into the locals. */
export function loadCoder(f: FunctionBuilder, { state, code, range, next, lowest }: CoderLocals): void {
  [code, range, next, lowest].forEach((local, i) => f.get(state).mem("i32.load", 4 * i).set(local));
}

/** Stores the locals that change. */
export function storeCoder(f: FunctionBuilder, { state, code, range, next }: CoderLocals): void {
  [code, range, next].forEach((local, i) => f.get(state, local).mem("i32.store", 4 * i));
}

/** Locals of a symbol: the packed prediction is read, `value` is set. */
export interface SymbolLocals {
  readonly prediction: Local;
  readonly value: Local;
  readonly tables: Local;
}

/**
 * Decodes a symbol. For a value beyond i16, or past the zeros at the end of the stream, it stores the decoder and returns 1
 * from the function.
 */
export function emitDecodeSymbol(f: FunctionBuilder, coder: CoderLocals, symbol: SymbolLocals): void {
  const { prediction, value, tables } = symbol;
  const entry = f.local("i32");
  f.get(prediction).i32(MU_PHASES * SCALE_COUNT - 1).op("i32.and").i32(2).op("i32.shl");
  f.get(tables).op("i32.add").set(entry);
  // (mu + 32) >> 6, mu being the prediction's upper part. It is 0 for most latents: the branch lets the processor go on to
  // the next latent on that guess, where a plain copy would make it wait for this latent's whole network.
  f.get(prediction).i32(2048).op("i32.add").i32(12).op("i32.shr_s").tee(value);
  f.if(() => {}, () => f.i32(0).set(value));
  f.get(entry).mem("i32.load16_u");
  emitBit(f, coder, () => {}, () => {
    emitNormalise(f, coder);
    emitMagnitude(f, coder, symbol, entry);
  });
  emitNormalise(f, coder);
}

function emitMagnitude(
  f: FunctionBuilder,
  coder: CoderLocals,
  { prediction, value, tables }: SymbolLocals,
  entry: Local,
) {
  const [step, stop] = [f.local("i32"), f.local("i32")];
  f.get(entry).mem("i32.load16_u", 2);
  emitSign(f, coder, step);
  emitNormalise(f, coder);
  f.get(prediction).i32(SCALE_COUNT - 1).op("i32.and").i32(1).op("i32.shl");
  f.get(tables).op("i32.add").mem("i32.load16_u", SYMBOL_TABLE_BYTES).set(stop);
  f.loop((again) => {
    f.get(value, step).op("i32.add").tee(value).i32(32768).op("i32.add").i32(65535).op("i32.gt_u");
    f.if(() => emitGiveUp(f, coder));
    f.get(stop);
    emitBit(f, coder, () => {}, () => {
      emitNormalise(f, coder);
      f.br(again);
    });
  });
}

/** Takes a probability from the stack and decodes a bit; the range is left to be normalised. */
function emitBit(f: FunctionBuilder, { code, range, bound }: CoderLocals, zero: () => void, one: () => void): void {
  f.get(range).i32(PROBABILITY_BITS).op("i32.shr_u", "i32.mul").set(bound);
  f.get(code, bound).op("i32.lt_u").if(() => {
    f.get(bound).set(range);
    zero();
  }, () => {
    f.get(code, bound).op("i32.sub").set(code);
    f.get(range, bound).op("i32.sub").set(range);
    one();
  });
}

/** Decodes a sign without a branch, since nothing could predict it: a 0 sets `step` to -1, a 1 to 1. */
function emitSign(f: FunctionBuilder, { code, range, bound }: CoderLocals, step: Local): void {
  const mask = f.local("i32"); // all ones for a 1
  f.get(range).i32(PROBABILITY_BITS).op("i32.shr_u", "i32.mul").set(bound);
  f.get(code, bound).op("i32.lt_u").i32(1).op("i32.sub").set(mask);
  f.get(code, bound, mask).op("i32.and", "i32.sub").set(code);
  f.get(bound, range, bound).op("i32.sub").get(bound).op("i32.sub").get(mask).op("i32.and", "i32.add").set(range);
  f.i32(-1).get(mask).i32(1).op("i32.shl", "i32.sub").set(step);
}

/** Shifts bytes in until the range is 2^24 or more: none, one or two, without a branch, as it is hard to predict. */
function emitNormalise(f: FunctionBuilder, coder: CoderLocals): void {
  const { code, range, next, lowest, bound: shift } = coder;
  f.get(range).op("i32.clz").i32(0x18).op("i32.and").set(shift);
  f.get(code, shift).op("i32.shl");
  // The next bytes shifted right by 32 - shift; a shift by 32 would be one by 0.
  f.get(next).mem("i32.load").i32(1).op("i32.shr_u").get(shift).i32(31).op("i32.xor", "i32.shr_u").op("i32.or").set(
    code,
  );
  f.get(range, shift).op("i32.shl").set(range);
  f.get(next, shift).i32(3).op("i32.shr_u", "i32.sub").tee(next);
  f.get(lowest).op("i32.lt_u").if(() => emitGiveUp(f, coder));
}

function emitGiveUp(f: FunctionBuilder, coder: CoderLocals): void {
  storeCoder(f, coder);
  f.i32(1).op("return");
}
