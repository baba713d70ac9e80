// deno-lint-ignore-file no-console -- a bench prints its tables
/**
 * Decode times of all presets at three rates, in ms, least of several: in this process when it is warm (bytes to RGB), and by
 * a new process of the command line (file to PNG file, both in the folder for temporary files), with one thread and with two.
 *
 *     deno run -A bench/decode_table.ts [FILE.chic ...]        with files: these instead of sampled models
 *
 * Without files the pictures are 768x512, and one of 4096x2160; only that one has the streams that threads can share.
 */

import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PRESET_NAMES } from "../bitstream/architecture.ts";
import { pixelChecksum } from "../bitstream/checksum.ts";
import { writeModel } from "../bitstream/write.ts";
import { integerBackend } from "../codec/integer_backend.ts";
import { streamsFor } from "../codec/parallel_size.ts";
import { decode, decodeParallel, type Image } from "../mod.ts";
import { machineName, table } from "./measure.ts";
import { sampledModel, type SampledModelOptions } from "./sampled_model.ts";

const CLI = fileURLToPath(new URL("../cli.ts", import.meta.url));
const RATES_BPP = [0.1, 0.5, 1];
/** Runs that are timed: for about this long when warm, and this many processes. */
const [WARM_MS, PROCESSES] = [2500, 12];

interface File {
  readonly name: string;
  readonly bytes: Uint8Array;
}

function sampledFiles(): File[] {
  const photograph = { width: 768, height: 512, topLevel: 6, seed: 1 };
  const files = PRESET_NAMES.flatMap((preset) =>
    RATES_BPP.map((bpp) => sampledFile(`${preset} ${bpp} bpp`, { ...photograph, preset, bpp }))
  );
  const large = { preset: "hop", width: 4096, height: 2160, topLevel: 8, seed: 1, bpp: 0.5 } as const;
  return [...files, sampledFile("hop 0.5 bpp 4096x2160", large)];
}

function sampledFile(name: string, options: SampledModelOptions): File {
  const { latentPredictor: predictor, reconstruct } = integerBackend("wasm");
  const model = { ...sampledModel(options), streams: streamsFor(options.width * options.height) };
  return { name, bytes: writeModel(model, pixelChecksum(reconstruct(model).data), { predictor }).bytes };
}

/** Least milliseconds of a decode, every one of which must give the same picture. */
async function warm(bytes: Uint8Array, threads: number, expected: Image): Promise<number> {
  let least = Infinity;
  for (const end = performance.now() + WARM_MS; performance.now() < end;) {
    const start = performance.now();
    const image = await decodeParallel(bytes, { threads });
    least = Math.min(least, performance.now() - start);
    assertEquals(pixelChecksum(image.data), pixelChecksum(expected.data));
  }
  return least;
}

/** Least milliseconds of a process. */
function cold(input: string, threads: number): number {
  const args = ["run", "-A", CLI, "decode", input, "-o", `${input}.png`, "--threads", String(threads), "--quiet"];
  let least = Infinity;
  for (let i = 0; i < PROCESSES; i++) {
    const start = performance.now();
    const { success } = new Deno.Command(Deno.execPath(), { args }).outputSync();
    if (!success) throw new Error(`Cannot decode ${input}`);
    least = Math.min(least, performance.now() - start);
  }
  return least;
}

async function measure({ name, bytes }: File, folder: string): Promise<string[]> {
  const input = join(folder, "picture.chic");
  Deno.writeFileSync(input, bytes);
  const image = decode(bytes);
  const times = [await warm(bytes, 1, image), await warm(bytes, 2, image), cold(input, 1), cold(input, 2)];
  const bpp = 8 * bytes.length / (image.width * image.height);
  return [name, bpp.toFixed(2), ...times.map((ms) => ms.toFixed(ms < 100 ? 1 : 0))];
}

const files = Deno.args.length > 0
  ? Deno.args.map((path) => ({ name: path.split("/").at(-1)!, bytes: Deno.readFileSync(path) }))
  : sampledFiles();
const folder = Deno.makeTempDirSync();
try {
  const rows: string[][] = [];
  for (const file of files) rows.push(await measure(file, folder));
  console.log(`${machineName()}; ms\n`);
  const header = ["file", "bpp", "warm, 1 thread", "warm, 2 threads", "process, 1 thread", "process, 2 threads"];
  console.log(table(header, rows));
} finally {
  Deno.removeSync(folder, { recursive: true });
}
