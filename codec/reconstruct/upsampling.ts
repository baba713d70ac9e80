/**
 * From the main latent grids to full-size planes, on integers.
 *
 *     z = [y_top]                                    coarsest grid, nothing else
 *     z = [P(y_i), crop(T(z_1)), crop(T(z_2)), ...]  for each finer level i
 *
 * A level with a hyper grid h_i that is synthesised begins [y_top, h_top] or [P(y_i), P(h_i), ...].
 *
 * T doubles a plane with a symmetric 8-tap kernel, P adds a symmetric 7-tap filtering of a grid to itself; both run down the
 * columns first, then along the rows. Planes are i16 with `planeBits` fractional bits, taps are Q12.
 */

import { latentGrids, synthesisedGrids } from "../../bitstream/architecture.ts";
import { clampI16, scaledTensors } from "../../bitstream/fixed_point.ts";
import { PREFILTER_TAPS, SYNTHESIS_STEP_BITS, UPSAMPLING_TAPS } from "../../bitstream/parameters.ts";
import type { QuantisedModel } from "../../bitstream/quantised_model.ts";

/** One plane of samples. */
export interface Plane {
  readonly width: number;
  readonly height: number;
  /** Row-major, i16. */
  readonly data: Int16Array;
}

/** Half of a tap's last bit: sums are rounded to nearest, halves upwards. */
const ROUND = 1 << (SYNTHESIS_STEP_BITS - 1);

/** What upsampling computes with. */
export interface UpsamplingNetwork {
  /** The synthesised grids as planes, by level; at each level the main grid first. */
  readonly planes: readonly (readonly Plane[])[];
  /** Taps a b c d of the doubling that ends at a level, the outermost first, by that level. */
  readonly doublings: readonly (readonly number[])[];
  /** Taps p q r s of the filter of a level's grid, the outermost first, by level. */
  readonly prefilters: readonly (readonly number[])[];
}

/** The grids of a model and the filters of their levels, ready for integer arithmetic. */
export function upsamplingNetwork(model: QuantisedModel): UpsamplingNetwork {
  const { shape: { topLevel }, fixedPoint: { planeBits } } = model;
  const tensors = scaledTensors(model);
  const levels = Array.from({ length: topLevel }, (_, level) => level);
  return {
    planes: planesByLevel(model).map((planes) => planes.map((plane) => scaleLatents(plane, planeBits))),
    doublings: levels.map((level) => row(tensors.get("upsampling.taps")!, topLevel - 1 - level, UPSAMPLING_TAPS)),
    prefilters: levels.map((level) => row(tensors.get("upsampling.prefilter")!, level, PREFILTER_TAPS)),
  };
}

/** The full-size planes of all synthesised grids, the finest level first. */
export function upsample(model: QuantisedModel): Plane[] {
  const network = upsamplingNetwork(model);
  const { topLevel } = model.shape;
  let planes = network.planes[topLevel];
  for (let level = topLevel - 1; level >= 0; level--) {
    const own = network.planes[level];
    const filtered = own.map((plane) => addFiltered(plane, network.prefilters[level]));
    planes = [...filtered, ...planes.map((plane) => doublePlane(plane, network.doublings[level], own[0]))];
  }
  return [...planes];
}

function planesByLevel({ architecture, shape, grids }: QuantisedModel): Plane[][] {
  const sizes = latentGrids(architecture, shape);
  return synthesisedGrids(architecture, shape).map((indices) =>
    indices.map((g) => ({ width: sizes[g].width, height: sizes[g].height, data: grids[g] }))
  );
}

function row(tensor: Int32Array, index: number, length: number): number[] {
  return [...tensor.subarray(index * length, (index + 1) * length)].map(clampI16);
}

function scaleLatents({ width, height, data }: Plane, bits: number): Plane {
  return { width, height, data: Int16Array.from(data, (latent) => clampI16(latent << bits)) };
}

type Size = Pick<Plane, "width" | "height">;

/** T: doubles a plane and crops it to `size`. Taps a b c d, the outermost first. */
export function doublePlane(plane: Plane, taps: readonly number[], { width, height }: Size): Plane {
  const kernel = doublingKernel(taps);
  return filterRows(filterColumns(plane, height, kernel), width, kernel);
}

/** P: adds to a plane its filtering with taps p q r s r q p (given: p q r s). */
export function addFiltered(plane: Plane, taps: readonly number[]): Plane {
  const kernel = symmetricKernel(taps);
  const filtered = filterRows(filterColumns(plane, plane.height, kernel), plane.width, kernel);
  return { ...plane, data: filtered.data.map((value, i) => clampI16(value + plane.data[i])) };
}

/**
 * The sum (Q12 more than the plane, modulo 2^32) for output sample n of a line whose samples are
 * `data[start + step * i]`, i in 0..length-1.
 */
type Kernel = (data: Int16Array, start: number, step: number, length: number, n: number) => number;

/**
 *     out[2n]   = d x[n] + b x[n+1] + c x[n-1] + a x[n-2]
 *     out[2n+1] = d x[n] + b x[n-1] + c x[n+1] + a x[n+2]        indices clamped to the line
 */
function doublingKernel([a, b, c, d]: readonly number[]): Kernel {
  return (data, start, step, length, n) => {
    const x = (i: number) => data[start + step * Math.min(Math.max(i, 0), length - 1)];
    const middle = n >> 1;
    const side = n & 1 ? -1 : 1;
    return Math.imul(d, x(middle)) + Math.imul(b, x(middle + side)) +
      Math.imul(c, x(middle - side)) + Math.imul(a, x(middle - 2 * side));
  };
}

/** `out[n] = s x[n] + r (x[n-1] + x[n+1]) + q (x[n-2] + x[n+2]) + p (x[n-3] + x[n+3])`, zero outside the line. */
function symmetricKernel([p, q, r, s]: readonly number[]): Kernel {
  return (data, start, step, length, n) => {
    const x = (i: number) => i < 0 || i >= length ? 0 : data[start + step * i];
    return Math.imul(s, x(n)) + Math.imul(r, x(n - 1) + x(n + 1)) +
      Math.imul(q, x(n - 2) + x(n + 2)) + Math.imul(p, x(n - 3) + x(n + 3));
  };
}

function filterColumns({ width, height, data }: Plane, outHeight: number, kernel: Kernel): Plane {
  const out = new Int16Array(width * outHeight);
  for (let y = 0, i = 0; y < outHeight; y++) {
    for (let x = 0; x < width; x++, i++) out[i] = rounded(kernel(data, x, width, height, y));
  }
  return { width, height: outHeight, data: out };
}

function filterRows({ width, height, data }: Plane, outWidth: number, kernel: Kernel): Plane {
  const out = new Int16Array(outWidth * height);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < outWidth; x++, i++) out[i] = rounded(kernel(data, y * width, 1, width, x));
  }
  return { width: outWidth, height, data: out };
}

function rounded(sum: number): number {
  return clampI16((sum + ROUND | 0) >> SYNTHESIS_STEP_BITS);
}
