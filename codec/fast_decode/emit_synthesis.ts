/**
 * WebAssembly for the synthesis layers. One function per layer computes eight pixels at a time of one row, for groups of
 * output planes; the last layer writes samples. It computes what `codec/reconstruct/synthesis.ts` computes.
 */

import { type FunctionBuilder, i32Parameters, type Local, type ModuleBuilder } from "../../kernels/wasm/assembler.ts";
import { storeBytes } from "./emit_bytes.ts";
import { HIGH, LOW } from "./emit_upsampling.ts";
import { GROUP_OUTPUTS, inputPairs, type LayerLayout, PAIR_BYTES, pairsOf, WIDE_STRIDE } from "./synthesis_layout.ts";

/** Pixels computed at a time: a vector for the first four and one for the others. */
export const BLOCK_PIXELS = 8;
const BLOCK_BYTES = BLOCK_PIXELS * PAIR_BYTES;
/** Most products written out in code; longer sums run in a loop over input pairs. */
const MAX_UNROLLED_TERMS = 36;
/** 1.0 as a weight, for the left (right) sample of a pair. */
const [IDENTITY_LEFT, IDENTITY_RIGHT] = [4096, 4096 << 16];

/** Parameters of `layerL(to, up, middle, down, planes, weights, blocks)`. Rows of a 3x3 layer point one pixel to the left. */
const [TO, UP, MIDDLE, DOWN, PLANES, WEIGHTS, BLOCKS] = [0, 1, 2, 3, 4, 5, 6];

/** Adds `layer0`, `layer1`, ... and `copyPixel`. */
export function emitSynthesisFunctions(module: ModuleBuilder, layers: readonly LayerLayout[]): void {
  layers.forEach((layer, l) => {
    const parameters = i32Parameters(7);
    module.function(`layer${l}`, { parameters }, (f) => new LayerEmitter(f, layer).emit());
  });
  emitCopyPixel(module);
}

/** `copyPixel(to, from, pairs)`: one pixel of all pairs of a wide row, for the border that continues an image. */
function emitCopyPixel(module: ModuleBuilder): void {
  module.function("copyPixel", { parameters: ["i32", "i32", "i32"] }, (f) => {
    const [to, from, pairs, i] = [0, 1, 2, f.local("i32")];
    f.forLess(i, () => f.get(pairs), 1, () => {
      f.get(to).get(from).mem("i32.load").mem("i32.store");
      f.increment(to, WIDE_STRIDE).increment(from, WIDE_STRIDE);
    });
  });
}

/** Sums of one output plane: pixels 0..3 and 4..7. */
type Sums = readonly [low: Local, high: Local];

class LayerEmitter {
  readonly #f: FunctionBuilder;
  readonly #layer: LayerLayout;
  readonly #sums: readonly Sums[];
  readonly #inputs: Sums;
  readonly #weight: Local;
  readonly #fourWeights: Local;
  /** Next weights, next output pair, and the input pair that a residual layer adds. */
  readonly #weights: Local;
  readonly #to: Local;
  readonly #identity: Local;
  /** Input rows at the pair that a loop has come to. */
  readonly #rows: readonly Local[];
  /** Bytes from a row's pointer to the pixel above the output pixel. */
  readonly #centre: number;

  constructor(f: FunctionBuilder, layer: LayerLayout) {
    const vectors = (): Sums => [f.local("v128"), f.local("v128")];
    this.#f = f;
    this.#layer = layer;
    this.#sums = Array.from({ length: Math.min(layer.outputs, GROUP_OUTPUTS) }, vectors);
    this.#inputs = vectors();
    [this.#weight, this.#fourWeights] = vectors();
    [this.#weights, this.#to, this.#identity] = [f.local("i32"), f.local("i32"), f.local("i32")];
    this.#rows = layer.kernel === 3 ? [f.local("i32"), f.local("i32"), f.local("i32")] : [f.local("i32")];
    this.#centre = layer.kernel === 3 ? PAIR_BYTES : 0;
  }

  emit(): void {
    const f = this.#f;
    const { outputs, last } = this.#layer;
    const [groups, rest] = [Math.floor(outputs / GROUP_OUTPUTS), outputs % GROUP_OUTPUTS];
    const counter = f.local("i32");
    f.loop((again) => {
      f.get(WEIGHTS).set(this.#weights).get(TO).set(this.#to).get(MIDDLE).set(this.#identity);
      if (groups > 0) {
        f.i32(0).set(counter);
        f.forLess(counter, () => f.i32(groups), 1, () => this.#group(GROUP_OUTPUTS));
      }
      if (rest > 0) this.#group(rest);
      for (const row of [UP, MIDDLE, DOWN, PLANES]) f.increment(row, BLOCK_BYTES);
      f.increment(TO, last ? this.#sampleBytes() * BLOCK_PIXELS * outputs : BLOCK_BYTES);
      f.get(BLOCKS).i32(1).op("i32.sub").tee(BLOCKS).brIf(again);
    });
  }

  #sampleBytes(): number {
    return this.#layer.bitDepth > 8 ? 2 : 1;
  }

  #group(outputs: number): void {
    const sums = this.#sums.slice(0, outputs);
    this.#start(sums);
    this.#products(sums);
    if (this.#layer.residual) this.#addInput(sums);
    if (this.#layer.last) this.#storeSamples(sums);
    else this.#storePlanes(sums);
  }

  /** Initial sums: the bias and the half that rounds the shift, and the stabiliser's sums moved to this fixed point. */
  #start(sums: readonly Sums[]): void {
    const f = this.#f;
    const { stabiliserPairs, stabiliserShift } = this.#layer;
    const initial = (i: number) =>
      f.get(this.#weights).mem("v128.load32_splat", 4 * (stabiliserPairs * sums.length + i));
    if (stabiliserPairs === 0) sums.forEach(([low, high], i) => initial(i).tee(low).set(high));
    else {
      for (const half of sums.flat()) f.i32x4(0).set(half);
      for (let pair = 0; pair < stabiliserPairs; pair++) {
        this.#loadInputs(PLANES, pair * WIDE_STRIDE);
        this.#multiply(sums, 4 * pair * sums.length);
      }
      sums.forEach((sum, i) => {
        for (const half of sum) {
          f.get(half).i32(Math.abs(stabiliserShift)).op(stabiliserShift >= 0 ? "i32x4.shl" : "i32x4.shr_s");
          initial(i).op("i32x4.add").set(half);
        }
      });
    }
    f.increment(this.#weights, 4 * sums.length * (stabiliserPairs + 1));
  }

  /** Adds the products with all input pairs, in a loop over as many pairs at a time as may be unrolled. */
  #products(sums: readonly Sums[]): void {
    const f = this.#f;
    const { inputs, kernel, inputStride } = this.#layer;
    const pairs = pairsOf(inputs);
    const unrolled = largestDivisor(pairs, Math.floor(MAX_UNROLLED_TERMS / (kernel * kernel)));
    const round = () => {
      inputPairs(this.#layer, unrolled).forEach(({ pair, tap }, term) => {
        const [row, column] = [Math.floor(tap / kernel), tap % kernel];
        this.#loadInputs(this.#rows[row], pair * inputStride + column * PAIR_BYTES);
        this.#multiply(sums, 4 * term * sums.length);
      });
      f.increment(this.#weights, 4 * sums.length * unrolled * kernel * kernel);
    };
    (kernel === 3 ? [UP, MIDDLE, DOWN] : [MIDDLE]).forEach((row, i) => f.get(row).set(this.#rows[i]));
    if (unrolled === pairs) return round();
    const counter = f.local("i32");
    f.i32(0).set(counter);
    f.forLess(counter, () => f.i32(pairs), unrolled, () => {
      round();
      for (const row of this.#rows) f.increment(row, unrolled * inputStride);
    });
  }

  #loadInputs(row: Local, offset: number): void {
    this.#inputs.forEach((input, half) => this.#f.get(row).mem("v128.load", offset + 16 * half).set(input));
  }

  /** `sums += dot(inputs, weights at offset)`, one pair of weights per sum. */
  #multiply(sums: readonly Sums[], offset: number): void {
    const f = this.#f;
    // Four weights come with one load: where an engine checks bounds in code, it takes as long as four instructions.
    const together = sums.length === 4;
    if (together) f.get(this.#weights).mem("v128.load", offset).set(this.#fourWeights);
    sums.forEach((sum, i) => {
      if (together) f.splatLane(this.#fourWeights, i).set(this.#weight);
      else f.get(this.#weights).mem("v128.load32_splat", offset + 4 * i).set(this.#weight);
      sum.forEach((half, h) => {
        f.get(this.#inputs[h], this.#weight).op("i32x4.dot_i16x8_s").get(half).op("i32x4.add").set(half);
      });
    });
  }

  /** Adds the input plane to the output plane of the same number. It is no part of the weights: they may not have room. */
  #addInput(sums: readonly Sums[]): void {
    const f = this.#f;
    sums.forEach((sum, i) => {
      if (i % 2 === 0) this.#loadInputs(this.#identity, (i >> 1) * this.#layer.inputStride + this.#centre);
      sum.forEach((half, h) => {
        f.get(this.#inputs[h]).i32x4(i % 2 === 0 ? IDENTITY_LEFT : IDENTITY_RIGHT);
        f.op("i32x4.dot_i16x8_s").get(half).op("i32x4.add").set(half);
      });
    });
    f.increment(this.#identity, GROUP_OUTPUTS / 2 * this.#layer.inputStride);
  }

  /** Pushes a sum's two halves, shifted to the output's fixed point. */
  #shifted(sum: Sums): void {
    for (const half of sum) {
      this.#f.get(half);
      if (this.#layer.shift > 0) this.#f.i32(this.#layer.shift).op("i32x4.shr_s");
    }
  }

  #storePlanes(sums: readonly Sums[]): void {
    const f = this.#f;
    const { relu, outputStride } = this.#layer;
    for (let i = 0; i < sums.length; i += 2) {
      const planes = [0, 1].map((k) => {
        const plane = this.#inputs[k];
        if (i + k < sums.length) {
          this.#shifted(sums[i + k]);
          f.op("i16x8.narrow_i32x4_s");
          if (relu) f.i32x4(0).op("i16x8.max_s");
        } else f.i32x4(0);
        f.set(plane);
        return plane;
      });
      [LOW, HIGH].forEach((order, half) => {
        f.get(this.#to).get(...planes).shuffle(order).mem("v128.store", (i >> 1) * outputStride + 16 * half);
      });
    }
    f.increment(this.#to, GROUP_OUTPUTS / 2 * outputStride);
  }

  /** Clamps to 0..2^bitDepth - 1 and interleaves the channels. */
  #storeSamples(sums: readonly Sums[]): void {
    const deep = this.#layer.bitDepth > 8;
    const channels = sums.map((sum) => {
      this.#shifted(sum);
      if (deep) {
        this.#f.op("i16x8.narrow_i32x4_u").i16x8((1 << this.#layer.bitDepth) - 1).op("i16x8.min_u");
      } else this.#f.op("i16x8.narrow_i32x4_s");
      this.#f.set(sum[0]);
      return sum[0];
    });
    if (deep) this.#storeDeepSamples(channels);
    else storeBytes(this.#f, this.#to, channels, this.#inputs);
  }

  #storeDeepSamples(channels: readonly Local[]): void {
    const f = this.#f;
    if (channels.length === 1) return void f.get(this.#to, channels[0]).mem("v128.store");
    const [red, green, blue, alpha] = channels;
    const count = channels.length;
    for (let part = 0; part < count; part++) {
      const samples = Array.from({ length: 8 }, (_, i) => 8 * part + i);
      // First red and green (gray and alpha) to their places, then the others between them.
      const place = (first: number) => samples.map((i) => 8 * Math.max(i % count - first, 0) + Math.floor(i / count));
      f.get(this.#to).get(red, green).shuffle(wordLanes(place(0).map((lane) => lane & 15)));
      if (count > 2) {
        f.get(blue, alpha ?? blue).shuffle(wordLanes(place(2)));
        f.shuffle(wordLanes(samples.map((i, lane) => i % count < 2 ? lane : 8 + lane)));
      }
      f.mem("v128.store", 16 * part);
    }
  }
}

/** Byte indices of eight 16-bit lanes. */
function wordLanes(picked: readonly number[]): number[] {
  return picked.flatMap((lane) => [2 * lane, 2 * lane + 1]);
}

/** The largest divisor of n that is at most `limit`, at least 1. */
function largestDivisor(n: number, limit: number): number {
  for (let d = Math.min(n, limit); d > 1; d--) if (n % d === 0) return d;
  return 1;
}
