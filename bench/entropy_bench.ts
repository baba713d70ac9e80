// deno-lint-ignore-file no-console -- a bench prints its tables
/**
 * Entropy coder: symbols per second, one thread. The plain coder alone, on Laplace symbols of one scale whose distribution it
 * knows; then the latents of 768x512 pictures through the WebAssembly decoder, network included. Each result is verified
 * before it is timed.
 *
 *     deno bench -A bench/entropy_bench.ts
 */

import { assertEquals } from "@std/assert";
import { PRESET_NAMES } from "../bitstream/architecture.ts";
import { PROBABILITIES } from "../bitstream/probability_table.ts";
import { RangeDecoder, RangeEncoder } from "../bitstream/range_coder.ts";
import { DEFAULT_LIMITS } from "../bitstream/limits.ts";
import { readModel } from "../bitstream/read.ts";
import { decodeSymbol, encodeSymbol } from "../bitstream/symbols.ts";
import { writeModel } from "../bitstream/write.ts";
import { integerBackend } from "../codec/integer_backend.ts";
import { randomLaplace, randomSource } from "../tests/random.ts";
import { bestMilliseconds, machineName, table } from "./measure.ts";
import { sampledModel } from "./sampled_model.ts";

const COUNT = 100_000;
const RATES_BPP = [0.1, 0.5, 1];
const stops = PROBABILITIES.stops[0];

console.log(`${machineName()}\n`);
const coderHeader = ["plain coder, seed 1", "bits/symbol", "encode Msymbol/s", "decode Msymbol/s"];
console.log(table(coderHeader, [8, 24, 32, 40, 52].map(coderRow)));
const decoderHeader = ["latents, wasm, 768x512, seed 1", "bits/latent", "decode Mlatent/s"];
console.log(`\n${table(decoderHeader, PRESET_NAMES.flatMap((name) => RATES_BPP.map((bpp) => latentRow(name, bpp))))}`);

function coderRow(scale: number): string[] {
  const random = randomSource(1);
  const b = Math.exp(-4 + scale / 8);
  const symbols = Int16Array.from({ length: COUNT }, () => randomLaplace(random, b));
  const write = () => {
    const coder = new RangeEncoder();
    for (const symbol of symbols) encodeSymbol(coder, symbol, 0, scale, stops);
    return coder.finish();
  };
  const bytes = write();
  const read = () => {
    const coder = new RangeDecoder(bytes, 0, bytes.length);
    return symbols.map(() => decodeSymbol(coder, 0, scale, stops));
  };
  assertEquals(read(), symbols);
  return [`Laplace, b = ${b.toFixed(2)}`, (8 * bytes.length / COUNT).toFixed(3), rate(write, COUNT), rate(read, COUNT)];
}

function latentRow(preset: typeof PRESET_NAMES[number], bpp: number): string[] {
  const model = sampledModel({ width: 768, height: 512, topLevel: 6, seed: 1, preset, bpp });
  const { latentDecoder, latentPredictor: predictor } = integerBackend("wasm");
  const { bytes, sections } = writeModel(model, 0, { predictor });
  const read = () => readModel(bytes, DEFAULT_LIMITS, latentDecoder);
  assertEquals(read().model.grids, [...model.grids]);
  const count = model.grids.reduce((sum, grid) => sum + grid.length, 0);
  return [`${preset} ${bpp} bpp`, (8 * sections.latents / count).toFixed(3), rate(read, count)];
}

/** Millions per second. */
function rate(work: () => void, count: number): string {
  return (count / bestMilliseconds(work, { rounds: 5 }) / 1000).toFixed(2);
}
