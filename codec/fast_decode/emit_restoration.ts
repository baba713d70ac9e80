/**
 * WebAssembly for the restoration filter of 8-bit pictures, row by row, eight sites at a time. It computes what
 * `codec/reconstruct/restoration.ts` computes.
 *
 * A line is a row of 16-bit values with `LINE_MARGIN_BYTES` before it and as much and a vector behind it. The lines of a row (the
 * channels and the luma, or four kinds of sums) follow each other at a distance of `line` bytes.
 */

import { DIRECTIONS, ORIENTATIONS, PAIRS, WEIGHT_BITS } from "../../bitstream/restoration.ts";
import { type FunctionBuilder, i32Parameters, type Local, type ModuleBuilder } from "../../kernels/wasm/assembler.ts";
import { GROUP_LIMITS, lumaShift, SUM_FLOOR, SUM_REACH } from "../reconstruct/site_classes.ts";
import { storeBytes } from "./emit_bytes.ts";
import { forEachBlock, HIGH, LOW } from "./emit_upsampling.ts";

/** What is read before the first and behind the last value of a line, and written behind it. */
export const LINE_MARGIN_BYTES = 16;
/** Bytes of one set of weights in memory: 16 bits for each pair. */
export const WEIGHTS_BYTES = 2 * PAIRS;
/** Kinds of second differences, and the steps to the neighbours that they are with. */
export const DIFFERENCES = [[1, 0], [0, 1], [1, 1], [-1, 1]] as const;

/** Steps to the first neighbour of each pair of `restorationWeights`; the other one is opposite. */
const PAIR_STEPS = [[-1, 0], [-2, 0], [0, -1], [0, -2], [-1, 1], [-1, -1]] as const;

/** Adds `splitRow`, `differenceRow`, `sumRow`, `classRow`, `weightRow` and `filterRow` for pictures of so many channels. */
export function emitRestorationFunctions(module: ModuleBuilder, channels: number, fineBits: number): void {
  emitSplitRow(module, channels, fineBits);
  emitDifferenceRow(module);
  emitSumRow(module);
  emitClassRow(module);
  emitWeightRow(module);
  emitFilterRow(module, channels, WEIGHT_BITS + fineBits - 8);
}

/** `splitRow(from, to, line, width)`: interleaved samples to the lines of the channels and, behind them, of the luma. */
function emitSplitRow(module: ModuleBuilder, channels: number, fineBits: number): void {
  module.function("splitRow", { parameters: i32Parameters(4) }, (f) => {
    const [from, to, line, width] = [0, 1, 2, 3];
    const address = f.local("i32");
    const parts = Array.from({ length: channels }, () => f.local("v128"));
    const planes = Array.from({ length: channels }, () => f.local("v128"));
    const luma = f.local("v128");
    forEachBlock(f, width, (x2) => {
      parts.forEach((part, k) => f.get(from).mem("v128.load", 16 * k).set(part));
      f.increment(from, 16 * channels);
      f.get(to, x2).op("i32.add").set(address);
      planes.forEach((plane, channel) => {
        pickEvery(f, parts, channel);
        f.set(plane).get(address, plane).mem("v128.store").get(address, line).op("i32.add").set(address);
      });
      const [first, second, third] = planes;
      if (channels < 3) f.get(first).i32(2).op("i16x8.shl");
      else f.get(first, third).op("i16x8.add").get(second).i32(1).op("i16x8.shl", "i16x8.add");
      f.i32(lumaShift(fineBits)).op("i16x8.shr_u").set(luma).get(address, luma).mem("v128.store");
    });
    continueLines(f, { to, line, width, count: channels + 1 });
  });
}

/** Pushes the samples first, first + n, first + 2 n, ... of n vectors. */
function pickEvery(f: FunctionBuilder, parts: readonly Local[], first: number): void {
  const at = Array.from({ length: 8 }, (_, i) => first + i * parts.length);
  f.get(parts[0]);
  parts.slice(1).forEach((part, k) => {
    // Lanes that are there already stay where they are.
    const lanes = at.map((sample, i) => {
      const vector = Math.floor(sample / 8);
      if (vector === k + 1) return 8 + sample % 8;
      return vector > k + 1 ? 0 : k === 0 ? sample : i;
    });
    f.get(part).shuffle(lanes.flatMap((lane) => [2 * lane, 2 * lane + 1]));
  });
}

/** Repeats the first and the last value of some lines beside them. */
function continueLines(
  f: FunctionBuilder,
  { to, line, width, count }: { to: Local; line: Local; width: Local; count: number },
): void {
  const end = f.local("i32");
  for (let i = 0; i < count; i++) {
    f.get(to, width).i32(1).op("i32.shl", "i32.add").i32(2).op("i32.sub").set(end);
    f.get(to).i32(LINE_MARGIN_BYTES).op("i32.sub").get(to).mem("v128.load16_splat").mem("v128.store");
    f.get(end).get(end).mem("v128.load16_splat").mem("v128.store", 2);
    f.get(to, line).op("i32.add").set(to);
  }
}

/** `differenceRow(up, middle, down, to, line, width)`: the four kinds of second differences of the luma. */
function emitDifferenceRow(module: ModuleBuilder): void {
  module.function("differenceRow", { parameters: i32Parameters(6) }, (f) => {
    const [up, middle, down, to, line, width] = [0, 1, 2, 3, 4, 5];
    const [address, twice] = [f.local("i32"), f.local("v128")];
    const rows = [up, middle, down];
    forEachBlock(f, width, (x2) => {
      const at = (dx: number, dy: number) => loadAt(f, rows[1 + dy], x2, dx);
      at(0, 0).i32(1).op("i16x8.shl").set(twice);
      f.get(to, x2).op("i32.add").set(address);
      for (const [dx, dy] of DIFFERENCES) {
        f.get(address, twice);
        at(-dx, -dy).op("i16x8.sub");
        at(dx, dy).op("i16x8.sub", "i16x8.abs").mem("v128.store");
        f.get(address, line).op("i32.add").set(address);
      }
    });
    continueLines(f, { to, line, width, count: DIFFERENCES.length });
  });
}

/** Pushes eight values of a line from column x + dx on. */
function loadAt(f: FunctionBuilder, row: Local, x2: Local, dx: number): FunctionBuilder {
  return f.get(row, x2).op("i32.add").i32(LINE_MARGIN_BYTES).op("i32.sub").mem(
    "v128.load",
    LINE_MARGIN_BYTES + 2 * dx,
  );
}

/** `sumRow(from, to, line, width)`: sums of three neighbours along each of the four lines. */
function emitSumRow(module: ModuleBuilder): void {
  module.function("sumRow", { parameters: i32Parameters(4) }, (f) => {
    const [from, to, line, width] = [0, 1, 2, 3];
    DIFFERENCES.forEach(() => {
      forEachBlock(f, width, (x2) => {
        f.get(to, x2).op("i32.add");
        for (let dx = -SUM_REACH; dx <= SUM_REACH; dx++) {
          loadAt(f, from, x2, dx);
          if (dx > -SUM_REACH) f.op("i16x8.add");
        }
        f.mem("v128.store");
      });
      f.get(from, line).op("i32.add").set(from).get(to, line).op("i32.add").set(to);
    });
  });
}

/**
 * `classRow(above, sums, below, to, line, limits, width)`: from the sums of three rows to where the weights of each site are, in
 * bytes from the first.
 */
function emitClassRow(module: ModuleBuilder): void {
  const rows = 2 * SUM_REACH + 1;
  module.function("classRow", { parameters: i32Parameters(rows + 4) }, (f) => {
    const sums = Array.from({ length: rows }, (_, i) => i);
    const [to, line, limits, width] = [rows, rows + 1, rows + 2, rows + 3];
    const offset = f.local("i32");
    const kinds = DIFFERENCES.map(() => f.local("v128"));
    forEachBlock(f, width, (x2) => {
      f.get(x2).set(offset);
      for (const kind of kinds) {
        sums.forEach((row, i) => {
          f.get(row, offset).op("i32.add").mem("v128.load");
          if (i > 0) f.op("i16x8.add");
        });
        f.set(kind).get(offset, line).op("i32.add").set(offset);
      }
      f.get(to, x2).op("i32.add");
      pushClass(f, kinds, limits);
      f.i16x8(WEIGHTS_BYTES).op("i16x8.mul").mem("v128.store");
    });
  });
}

/** Pushes `class * ORIENTATIONS + orientation` of eight sites; `limits` is the address of the limits of activity. */
function pushClass(f: FunctionBuilder, [rows, columns, first, second]: readonly Local[], limits: Local): void {
  const vector = () => f.local("v128");
  const [count, activity, along, across, diagonal, other] = [1, 2, 3, 4, 5, 6].map(vector);
  const [isAlong, more, less, degree] = [1, 2, 3, 4].map(vector);
  f.get(rows, columns).op("i16x8.add").set(activity);
  f.i32x4(0).set(count);
  for (let i = 0; i < GROUP_LIMITS; i++) {
    f.get(count, activity, limits).mem("v128.load16_splat", 2 * i).op("i16x8.gt_u", "i16x8.sub").set(count);
  }
  order(f, [rows, columns], [along, across]);
  order(f, [first, second], [diagonal, other]);
  for (const half of ["low", "high"] as const) {
    f.get(along, other).op(`i32x4.extmul_${half}_i16x8_u`).get(diagonal, across).op(`i32x4.extmul_${half}_i16x8_u`);
    f.op("i32x4.gt_s");
  }
  f.op("i16x8.narrow_i32x4_s").set(isAlong);
  f.get(along, diagonal, isAlong).op("v128.bitselect").set(more);
  f.get(across, other, isAlong).op("v128.bitselect").set(less);
  // Masks are -1: they are subtracted.
  f.i32x4(0);
  for (const shift of [2, 1, 0]) {
    f.get(more, less, less).i32(shift).op("i16x8.shr_u", "i16x8.add", "i16x8.gt_u", "i16x8.sub");
  }
  f.get(more, less).i32(1).op("i16x8.shl").get(less).op("i16x8.add", "i16x8.gt_u", "i16x8.sub").set(degree);
  f.get(degree).i32(1).op("i16x8.shl").get(isAlong).op("i16x8.add").get(degree).i32x4(0).op("i16x8.gt_s", "v128.and");
  f.get(count).i16x8(DIRECTIONS).op("i16x8.mul", "i16x8.add").i16x8(ORIENTATIONS).op("i16x8.mul");
  f.get(rows, columns).op("i16x8.gt_u", "i16x8.sub");
  f.get(first, second).op("i16x8.gt_u").i32(1).op("i16x8.shl", "i16x8.sub");
}

/** The larger and the smaller of two, each with the floor of the sums. */
function order(f: FunctionBuilder, [a, b]: readonly Local[], [more, less]: readonly Local[]): void {
  f.get(a, b).op("i16x8.max_u").i16x8(SUM_FLOOR).op("i16x8.add").set(more);
  f.get(a, b).op("i16x8.min_u").i16x8(SUM_FLOOR).op("i16x8.add").set(less);
}

/** `weightRow(places, weights, to, line, width)`: the weights of each site, those of two pairs in each of three double lines. */
function emitWeightRow(module: ModuleBuilder): void {
  module.function("weightRow", { parameters: i32Parameters(5) }, (f) => {
    const [places, weights, to, line, width] = [0, 1, 2, 3, 4];
    const [x, address, weight] = [f.local("i32"), f.local("i32"), f.local("v128")];
    f.get(line).i32(1).op("i32.shl").set(line);
    f.forLess(x, () => f.get(width), 1, () => {
      f.get(places).mem("i32.load16_u").get(weights).op("i32.add").mem("v128.load").set(weight).get(to).set(address);
      for (let k = 0; k < PAIRS / 2; k++) {
        f.get(address, weight).memLane("v128.store32_lane", 0, k).get(address, line).op("i32.add").set(address);
      }
      f.increment(places, 2).increment(to, 4);
    });
  });
}

/**
 * `filterRow(up2, up, middle, down, down2, weights, to, line, width)`: the restored samples of a row, from the lines of five rows
 * and the row's weights.
 */
function emitFilterRow(module: ModuleBuilder, channels: number, shift: number): void {
  module.function("filterRow", { parameters: i32Parameters(9) }, (f) => {
    const [rows, [weights, to, line, width]] = [[0, 1, 2, 3, 4], [5, 6, 7, 8]];
    const [offset, address] = [f.local("i32"), f.local("i32")];
    const vectors = (count: number) => Array.from({ length: count }, () => f.local("v128"));
    const [weight, difference, restored] = [vectors(PAIRS), vectors(PAIRS), vectors(channels)];
    const [sample, twice, spare, another] = vectors(4);
    forEachBlock(f, width, (x2) => {
      f.get(weights, x2, x2).op("i32.add", "i32.add").set(address);
      for (let k = 0; k < PAIRS; k += 2) {
        [0, 1].forEach((half) => f.get(address).mem("v128.load", 16 * half).set(weight[k + half]));
        f.get(address, line, line).op("i32.add", "i32.add").set(address);
      }
      f.get(x2).set(offset);
      for (const result of restored) {
        const at = (dx: number, dy: number) => loadAt(f, rows[2 + dy], offset, dx);
        at(0, 0).set(sample).get(sample).i32(1).op("i16x8.shl").set(twice);
        PAIR_STEPS.forEach(([dx, dy], pair) => {
          at(dx, dy);
          at(-dx, -dy).op("i16x8.add").get(twice).op("i16x8.sub").set(difference[pair]);
        });
        [LOW, HIGH].forEach((lanes, half) => {
          f.get(sample).op(half === 0 ? "i32x4.extend_low_i16x8_u" : "i32x4.extend_high_i16x8_u");
          f.i32(WEIGHT_BITS).op("i32x4.shl").i32x4(1 << (shift - 1)).op("i32x4.add");
          for (let k = 0; k < PAIRS; k += 2) {
            f.get(difference[k], difference[k + 1]).shuffle(lanes).get(weight[k + half]);
            f.op("i32x4.dot_i16x8_s", "i32x4.add");
          }
          f.i32(shift).op("i32x4.shr_s");
        });
        f.op("i16x8.narrow_i32x4_s").set(result).get(offset, line).op("i32.add").set(offset);
      }
      storeBytes(f, to, restored, [spare, another]);
      f.increment(to, 8 * channels);
    });
  });
}
