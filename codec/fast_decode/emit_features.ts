/** WebAssembly for what the ARM reads beside the spatial context: inter-grid features, and a map of zero contexts. */

import { MAX_CONTEXT_LATENT } from "../../bitstream/integer_arm.ts";
import { type FunctionBuilder, i32Parameters, type Local, type ModuleBuilder } from "../../kernels/wasm/assembler.ts";
import type { ArmLayout } from "./arm_layout.ts";
import { CONTEXT_REACH } from "./context_plan.ts";

/** Vectors of four feature sums. */
export function featureVectors(features: number): number {
  return Math.ceil(features / 4);
}

/** Pairs of neighbours that cover a row of the IFCE's window; the last one reaches one site beyond it, with weights of 0. */
export function windowPairs(reach: number): number {
  return reach + 1;
}

/** Adds `nonzeroRow`, and with features `ifceRow`, `partialRow` and, where the IFCE has a window, `windowRow`. */
export function emitFeatureFunctions(module: ModuleBuilder, layout: ArmLayout): void {
  emitNonzeroRow(module, layout);
  if (layout.features === 0) return;
  emitIfceRow(module, featureVectors(layout.features));
  if (layout.ifceReach > 0) emitWindowRow(module, layout);
  emitPartialRow(module, layout);
}

/**
 * `nonzeroRow(width, to, up1, up2, up3, up4)`: for each latent the OR of the context values from the rows above, i16. The
 * rows start four latents before column 0.
 */
function emitNonzeroRow(module: ModuleBuilder, layout: ArmLayout): void {
  module.function("nonzeroRow", { parameters: i32Parameters(6) }, (f) => {
    const [width, to, x2, end] = [0, 1, f.local("i32"), f.local("i32")];
    f.get(width).i32(1).op("i32.shl").set(end);
    f.forLess(x2, () => f.get(end), 16, () => {
      f.get(to, x2).op("i32.add").i32x4(0);
      for (const { up, dx, left, right } of layout.pairs) {
        if (up === 0) continue;
        for (const column of [left >= 0 ? dx : undefined, right >= 0 ? dx + 1 : undefined]) {
          if (column === undefined) continue;
          f.get(1 + up, x2).op("i32.add").mem("v128.load", 2 * (column + CONTEXT_REACH)).op("v128.or");
        }
      }
      f.mem("v128.store");
    });
  });
}

/**
 * `ifceRow(width, to, from, shift, main, hyper, weights)`: sums of the features over the grids of one level and above,
 *
 *     to[x] = from[x >> shift] + W clamp(main[x]) + W' clamp(hyper[x])        i32 [width, 4 vectors]
 *
 * so that each latent is multiplied once, not once for each finer site that reads it.
 */
function emitIfceRow(module: ModuleBuilder, vectors: number): void {
  module.function("ifceRow", { parameters: i32Parameters(7) }, (f) => {
    const [width, to, from, shift, main, hyper, weights] = [0, 1, 2, 3, 4, 5, 6];
    const [x, address] = [f.local("i32"), f.local("i32")];
    const [pair, source] = [f.local("v128"), f.local("i32")];
    f.forLess(x, () => f.get(width), 1, () => {
      f.get(from).get(x, shift).op("i32.shr_u").i32(16 * vectors).op("i32.mul", "i32.add").set(source);
      for (const row of [main, hyper]) f.get(row).get(x).i32(1).op("i32.shl", "i32.add").mem("v128.load16_splat");
      f.i32x4(0x0000ffff).op("v128.bitselect").set(pair);
      emitContextClamp(f, pair);
      f.get(to).get(x).i32(16 * vectors).op("i32.mul", "i32.add").set(address);
      for (let v = 0; v < vectors; v++) {
        f.get(address).get(source).mem("v128.load", 16 * v);
        f.get(pair, weights).mem("v128.load", 16 * v).op("i32x4.dot_i16x8_s", "i32x4.add").mem("v128.store", 16 * v);
      }
    });
  });
}

/**
 * `windowRow(width, to, rows, stride, weights)`: adds the window's part to the sums of `ifceRow`,
 *
 *     to[x] += sum over rows r and pairs k of W[r][k] clamp(rows[r][x + 2k], rows[r][x + 2k + 1])      i32 [width, 4 vectors]
 *
 * `rows`, `stride` bytes apart, start `reach` columns before the site and have zeros beside the grid.
 */
function emitWindowRow(module: ModuleBuilder, { features, ifceReach: reach }: ArmLayout): void {
  const vectors = featureVectors(features);
  module.function("windowRow", { parameters: i32Parameters(5) }, (f) => {
    const [width, to, from, stride, weights] = [0, 1, 2, 3, 4];
    const [x, row, pair] = [f.local("i32"), f.local("i32"), f.local("v128")];
    const sums = Array.from({ length: vectors }, () => f.local("v128"));
    f.forLess(x, () => f.get(width), 1, () => {
      sums.forEach((sum, v) => f.get(to).mem("v128.load", 16 * v).set(sum));
      f.get(from).set(row);
      for (let r = 0; r <= 2 * reach; r++) {
        for (let k = 0; k < windowPairs(reach); k++) {
          f.get(row).mem("v128.load32_splat", 4 * k).set(pair);
          emitContextClamp(f, pair);
          const first = vectors * (r * windowPairs(reach) + k);
          sums.forEach((sum, v) => {
            f.get(sum, pair, weights).mem("v128.load", 16 * (first + v)).op("i32x4.dot_i16x8_s", "i32x4.add").set(sum);
          });
        }
        f.get(row, stride).op("i32.add").set(row);
      }
      sums.forEach((sum, v) => f.get(to, sum).mem("v128.store", 16 * v));
      f.increment(from, 2).increment(to, 16 * vectors);
    });
  });
}

function emitContextClamp(f: FunctionBuilder, vector: Local): void {
  f.get(vector).i16x8(MAX_CONTEXT_LATENT).op("i16x8.min_s").i16x8(-MAX_CONTEXT_LATENT).op("i16x8.max_s").set(vector);
}

/**
 * `partialRow(width, to, from, weights)`: the initial sums of the ARM's first layer with the features' part, for each site;
 * `from` are the sums of `ifceRow`.
 */
function emitPartialRow(module: ModuleBuilder, layout: ArmLayout): void {
  const [inVectors, outVectors] = [featureVectors(layout.features), layout.firstVectors];
  module.function("partialRow", { parameters: i32Parameters(4) }, (f) => {
    const [width, to, from, weights] = [0, 1, 2, 3];
    const [x, pair] = [f.local("i32"), f.local("v128")];
    const features = Array.from({ length: Math.ceil(inVectors / 2) }, () => f.local("v128"));
    const sums = Array.from({ length: outVectors }, () => f.local("v128"));
    f.forLess(x, () => f.get(width), 1, () => {
      emitFeatures(f, from, features, inVectors);
      sums.forEach((sum, v) => f.get(weights).mem("v128.load", layout.initialOffset + 16 * v).set(sum));
      for (let i = 0; i < layout.featurePairs; i++) {
        const lane = [0, 1, 2, 3].map((byte) => 4 * (i & 3) + byte);
        f.get(features[i >> 2], features[i >> 2]).shuffle([...lane, ...lane, ...lane, ...lane]).set(pair);
        sums.forEach((sum, v) => {
          f.get(sum, pair, weights).mem("v128.load", layout.featureOffset + 16 * (i * outVectors + v));
          f.op("i32x4.dot_i16x8_s", "i32x4.add").set(sum);
        });
      }
      sums.forEach((sum, v) => f.get(to, sum).mem("v128.store", 16 * v));
      f.increment(from, 16 * inVectors).increment(to, 16 * outVectors);
    });
  });
}

/** Q8 sums at `from`, rounding included, to Q6 features: eight i16 to a vector. */
function emitFeatures(f: FunctionBuilder, from: Local, features: readonly Local[], vectors: number): void {
  features.forEach((feature, i) => {
    for (const v of [2 * i, 2 * i + 1]) {
      if (v < vectors) f.get(from).mem("v128.load", 16 * v).i32(2).op("i32x4.shr_s");
      else f.i32x4(0);
    }
    f.op("i16x8.narrow_i32x4_s").set(feature);
  });
}
