/**
 * Decode times by number of threads: `deno run -A bench/decode_threads.ts [FILE.chic ...]`. Without files it samples models
 * of 4096x2160 with 1, 2 and 4 streams. Every image is compared with that of one thread.
 */

import { assertEquals } from "@std/assert";
import { pixelChecksum } from "../bitstream/checksum.ts";
import { writeModel } from "../bitstream/write.ts";
import { integerBackend } from "../codec/integer_backend.ts";
import { decodeWithThreads } from "../codec/parallel_decode/decode_with_threads.ts";
import { decode, type Image } from "../mod.ts";
import { sampledModel } from "./sampled_model.ts";

const REPETITIONS = 4;
const THREADS = [2, 4].filter((threads) => threads <= navigator.hardwareConcurrency);

function sampledFiles(): { name: string; bytes: Uint8Array }[] {
  const { latentPredictor: predictor, reconstruct } = integerBackend("wasm");
  const model = sampledModel({ preset: "hop", width: 4096, height: 2160, topLevel: 8, seed: 1, bpp: 0.5 });
  const checksum = pixelChecksum(reconstruct(model).data);
  return [1, 2, 4].map((streams) => ({
    name: `hop 0.5 bpp, ${streams} streams`,
    bytes: writeModel({ ...model, streams }, checksum, { predictor }).bytes,
  }));
}

/** Least milliseconds of a decode, and its image. */
async function time(work: () => Image | Promise<Image>): Promise<{ ms: number; image: Image }> {
  let ms = Infinity;
  for (let i = 0;; i++) {
    const start = performance.now();
    const image = await work();
    ms = Math.min(ms, performance.now() - start);
    if (i === REPETITIONS) return { ms, image };
  }
}

const files = Deno.args.length > 0
  ? Deno.args.map((path) => ({ name: path.split("/").at(-1)!, bytes: Deno.readFileSync(path) }))
  : sampledFiles();
// deno-lint-ignore no-console
const print = console.log;
for (const { name, bytes } of files) {
  const alone = await time(() => decode(bytes));
  const columns = [`1 thread ${alone.ms.toFixed(0)} ms`];
  for (const threads of THREADS) {
    const together = await time(() => decodeWithThreads(bytes, threads));
    assertEquals(pixelChecksum(together.image.data), pixelChecksum(alone.image.data));
    columns.push(`${threads} threads ${together.ms.toFixed(0)} ms`);
  }
  print(`${name.padEnd(28)} ${bytes.length} bytes  ${columns.join("  ")}`);
}
