/**
 * WebAssembly for upsampling, row by row: each output row is filtered from input rows down the columns into a line, then
 * along the line. It computes what `codec/reconstruct/upsampling.ts` computes.
 *
 * Two samples that get the taps t and u are interleaved, and `i32x4.dot_i16x8_s` makes t a + u b of four sites at once.
 */

import { type FunctionBuilder, i32Parameters, type Local, type ModuleBuilder } from "../../kernels/wasm/assembler.ts";

/** Bytes before and behind a line: what the filters read beyond its ends. */
export const LINE_MARGIN_BYTES = 32;
/** Bytes of one row's taps in memory: four pairs, each in all lanes of a vector. */
export const TAPS_BYTES = 64;
const [ROUND, SHIFT] = [2048, 12];
/** Byte indices that interleave the 16-bit lanes of two vectors: of their low halves, and of their high halves. */
export const LOW = [0, 1, 2, 3].flatMap((lane) => [2 * lane, 2 * lane + 1, 16 + 2 * lane, 17 + 2 * lane]);
export const HIGH = LOW.map((index) => index + 8);

/** Adds `scaleRow`, `doubleRow`, `prefilterRow` and `interleaveRow`. */
export function emitUpsamplingFunctions(module: ModuleBuilder): void {
  emitScaleRow(module);
  emitDoubleRow(module);
  emitPrefilterRow(module);
  emitInterleaveRow(module);
}

/** The pairs of taps of `doubleRow`, in the order in which it reads them; a b c d: the outermost first. */
export function doublingPairs([a, b, c, d]: readonly number[]): number[] {
  return [d, b, c, a];
}

/** Those of `prefilterRow`; p q r s: the outermost first. */
export function prefilterPairs([p, q, r, s]: readonly number[]): number[] {
  return [s, 0, r, r, q, q, p, p];
}

/** Writes pairs of taps at `address`, for the kernels to load. */
export function writeTaps(memory: WebAssembly.Memory, address: number, pairs: readonly number[]): void {
  const taps = new Int16Array(memory.buffer, address, TAPS_BYTES / 2);
  pairs.forEach((tap, i) => {
    for (let lane = 0; lane < 4; lane++) taps[8 * (i >> 1) + 2 * lane + (i & 1)] = tap;
  });
}

/** `scaleRow(to, from, width, bits)`: `clampI16(latent << bits)`. */
function emitScaleRow(module: ModuleBuilder): void {
  module.function("scaleRow", { parameters: i32Parameters(4) }, (f) => {
    const [to, from, width, bits] = [0, 1, 2, 3];
    const vector = f.local("v128");
    forEachBlock(f, width, (x2) => {
      f.get(to, x2).op("i32.add").get(from, x2).op("i32.add").mem("v128.load").set(vector);
      f.get(vector).op("i32x4.extend_low_i16x8_s").get(bits).op("i32x4.shl");
      f.get(vector).op("i32x4.extend_high_i16x8_s").get(bits).op("i32x4.shl");
      f.op("i16x8.narrow_i32x4_s").mem("v128.store");
    });
  });
}

/**
 * `doubleRow(to, d, b, c, a, width, taps, line)`: an output row from the input rows with those taps; `to` gets 2 width samples
 * and up to 14 more.
 */
function emitDoubleRow(module: ModuleBuilder): void {
  module.function("doubleRow", { parameters: i32Parameters(8) }, (f) => {
    const [to, d, b, c, a, width, taps, line] = [0, 1, 2, 3, 4, 5, 6, 7];
    const tap = loadTaps(f, taps, 2);
    const [near, far, even] = [f.local("v128"), f.local("v128"), f.local("v128")];
    const filter = tapFilter(f, near, far);
    forEachBlock(f, width, (x2) => {
      const at = (row: Local) => f.get(row, x2).op("i32.add").mem("v128.load");
      f.get(line, x2).op("i32.add");
      filter([[() => at(d), () => at(b), tap[0]], [() => at(c), () => at(a), tap[1]]]);
      f.mem("v128.store");
    });
    const last = emitLineEnd(f, line, width);
    f.get(line).i32(16).op("i32.sub").get(line).mem("v128.load16_splat").mem("v128.store");
    f.get(last).get(last).i32(2).op("i32.sub").mem("v128.load16_splat").mem("v128.store");
    forEachBlock(f, width, (x2) => {
      // Column x + n; the address is moved back so that no offset is negative.
      const at = (n: number) => f.get(line, x2).op("i32.add").i32(4).op("i32.sub").mem("v128.load", 4 + 2 * n);
      filter([[() => at(0), () => at(1), tap[0]], [() => at(-1), () => at(-2), tap[1]]]);
      f.set(even);
      filter([[() => at(0), () => at(-1), tap[0]], [() => at(1), () => at(2), tap[1]]]);
      f.set(far);
      f.get(to, x2, x2).op("i32.add", "i32.add").get(even, far).shuffle(LOW).mem("v128.store");
      f.get(to, x2, x2).op("i32.add", "i32.add").get(even, far).shuffle(HIGH).mem("v128.store", 16);
    });
  });
}

/**
 * `prefilterRow(to, up3, up2, up1, middle, down1, down2, down3, width, taps, line)`: a row plus its filtering; rows outside
 * of the plane must point at zeros.
 */
function emitPrefilterRow(module: ModuleBuilder): void {
  module.function("prefilterRow", { parameters: i32Parameters(11) }, (f) => {
    const [to, up3, up2, up1, middle, down1, down2, down3, width, taps, line] = Array.from({ length: 11 }, (_, i) => i);
    const tap = loadTaps(f, taps, 4);
    const filter = tapFilter(f, f.local("v128"), f.local("v128"));
    forEachBlock(f, width, (x2) => {
      const at = (row: Local) => () => f.get(row, x2).op("i32.add").mem("v128.load");
      f.get(line, x2).op("i32.add");
      filter([
        [at(middle), () => f.i32x4(0), tap[0]],
        [at(up1), at(down1), tap[1]],
        [at(up2), at(down2), tap[2]],
        [at(up3), at(down3), tap[3]],
      ]);
      f.mem("v128.store");
    });
    const last = emitLineEnd(f, line, width);
    f.get(line).i32(16).op("i32.sub").i32x4(0).mem("v128.store");
    f.get(last).i32x4(0).mem("v128.store");
    forEachBlock(f, width, (x2) => {
      const at = (n: number) => () => f.get(line, x2).op("i32.add").i32(6).op("i32.sub").mem("v128.load", 6 + 2 * n);
      f.get(to, x2).op("i32.add");
      filter([
        [at(0), () => f.i32x4(0), tap[0]],
        [at(-1), at(1), tap[1]],
        [at(-2), at(2), tap[2]],
        [at(-3), at(3), tap[3]],
      ]);
      f.get(middle, x2).op("i32.add").mem("v128.load").op("i16x8.add_sat_s").mem("v128.store");
    });
  });
}

/** `interleaveRow(to, a, b, width)`: two rows as pairs a[x], b[x]. */
function emitInterleaveRow(module: ModuleBuilder): void {
  module.function("interleaveRow", { parameters: i32Parameters(4) }, (f) => {
    const [to, a, b, width] = [0, 1, 2, 3];
    const [left, right] = [f.local("v128"), f.local("v128")];
    forEachBlock(f, width, (x2) => {
      f.get(a, x2).op("i32.add").mem("v128.load").set(left);
      f.get(b, x2).op("i32.add").mem("v128.load").set(right);
      f.get(to, x2, x2).op("i32.add", "i32.add").get(left, right).shuffle(LOW).mem("v128.store");
      f.get(to, x2, x2).op("i32.add", "i32.add").get(left, right).shuffle(HIGH).mem("v128.store", 16);
    });
  });
}

/** Runs `body` for blocks of eight samples that cover `width`; its argument is the local with 2 x. */
export function forEachBlock(f: FunctionBuilder, width: Local, body: (x2: Local) => void): void {
  const [x2, end] = [f.local("i32"), f.local("i32")];
  f.get(width).i32(1).op("i32.shl").set(end);
  f.i32(0).set(x2);
  f.forLess(x2, () => f.get(end), 16, () => body(x2));
}

function loadTaps(f: FunctionBuilder, taps: Local, count: number): Local[] {
  return Array.from({ length: count }, (_, i) => {
    const tap = f.local("v128");
    f.get(taps).mem("v128.load", 16 * i).set(tap);
    return tap;
  });
}

/** The address behind the line's last sample. */
function emitLineEnd(f: FunctionBuilder, line: Local, width: Local): Local {
  const end = f.local("i32");
  f.get(line).get(width).i32(1).op("i32.shl", "i32.add").set(end);
  return end;
}

/** Two vectors of eight samples, pushed by functions, and the pair of taps for them. */
type Term = readonly [first: () => void, second: () => void, taps: Local];

/** Code that pushes `clampI16((sum of terms + 2048) >> 12)` of eight sites. */
function tapFilter(f: FunctionBuilder, first: Local, second: Local): (terms: readonly Term[]) => void {
  const [low, high] = [f.local("v128"), f.local("v128")];
  return (terms) => {
    terms.forEach(([pushFirst, pushSecond, taps], i) => {
      pushFirst();
      f.set(first);
      pushSecond();
      f.set(second);
      for (const [half, lanes] of [[low, LOW], [high, HIGH]] as const) {
        f.get(first, second).shuffle(lanes).get(taps).op("i32x4.dot_i16x8_s");
        if (i > 0) f.get(half);
        else f.i32x4(ROUND);
        f.op("i32x4.add").set(half);
      }
    });
    f.get(low).i32(SHIFT).op("i32x4.shr_s").get(high).i32(SHIFT).op("i32x4.shr_s").op("i16x8.narrow_i32x4_s");
  };
}
