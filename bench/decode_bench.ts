/**
 * Decoding a 768x512 picture, warm, one thread: latents from bytes, then pixels from latents, for all presets and three rates.
 * The WebAssembly decoder is verified against the plain twin before it is timed.
 *
 *     deno run -A bench/decode_bench.ts [file.chic ...]        with files: these instead of sampled models
 */

import { PRESET_NAMES } from "../bitstream/architecture.ts";
import { pixelChecksum } from "../bitstream/checksum.ts";
import { DEFAULT_LIMITS } from "../bitstream/limits.ts";
import { readModel } from "../bitstream/read.ts";
import { writeModel } from "../bitstream/write.ts";
import { integerBackend } from "../codec/integer_backend.ts";
import { sampledModel } from "./sampled_model.ts";

const SIZE = { width: 768, height: 512, topLevel: 6, seed: 1 };
const RATES_BPP = [0.1, 0.5, 1];
/** Repetitions; the least time counts, since other programs can only add to it. */
const REPETITIONS = 40;

interface Timing {
  readonly name: string;
  readonly bytes: Uint8Array;
}

function sampledFiles(): Timing[] {
  return PRESET_NAMES.flatMap((preset) =>
    RATES_BPP.map((bpp) => {
      const model = sampledModel({ ...SIZE, preset, bpp });
      const checksum = pixelChecksum(integerBackend("plain").reconstruct(model).data);
      return { name: `${preset} ${bpp} bpp`, bytes: writeModel(model, checksum).bytes };
    })
  );
}

/** Milliseconds of one part, and the least of them so far. */
function least(part: () => void, before: number): number {
  const start = performance.now();
  part();
  return Math.min(before, performance.now() - start);
}

function timeFile({ name, bytes }: Timing): string {
  const wasm = integerBackend("wasm");
  const { model, pixelChecksum: expected } = readModel(bytes, DEFAULT_LIMITS, wasm.latentDecoder);
  if (pixelChecksum(wasm.reconstruct(model).data) !== expected) throw new Error(`Wrong pixels: ${name}`);
  let [latents, pixels, total] = [Infinity, Infinity, Infinity];
  for (let i = 0; i < REPETITIONS; i++) {
    const start = performance.now();
    latents = least(() => readModel(bytes, DEFAULT_LIMITS, wasm.latentDecoder), latents);
    pixels = least(() => wasm.reconstruct(model), pixels);
    total = Math.min(total, performance.now() - start);
  }
  const megapixels = model.shape.width * model.shape.height / 1e6;
  const columns = [latents, pixels, total].map((ms) => ms.toFixed(1).padStart(8));
  return `${name.padEnd(24)} ${String(bytes.length).padStart(8)} ${columns.join(" ")} ${
    (megapixels / total * 1000).toFixed(1).padStart(8)
  }`;
}

const files = Deno.args.length > 0
  ? Deno.args.map((path) => ({ name: path.split("/").at(-1)!, bytes: Deno.readFileSync(path) }))
  : sampledFiles();
// deno-lint-ignore no-console
const print = console.log;
print(`${"file".padEnd(24)} ${"bytes".padStart(8)}  latents   pixels    total   MPix/s      (ms, ${Deno.version.v8})`);
for (const file of files) print(timeFile(file));
