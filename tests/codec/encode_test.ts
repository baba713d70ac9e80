/** The encoder as a library: reproducible, honest about its result, clear about wrong arguments. */

import { assert, assertAlmostEquals, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { PRESET_NAMES, PRESETS } from "../../bitstream/architecture.ts";
import { LimitError } from "../../bitstream/errors.ts";
import { decode } from "../../codec/decode.ts";
import { encode } from "../../codec/encode.ts";
import type { Image } from "../../codec/image.ts";
import { psnrDb } from "../../codec/metrics.ts";
import type { EncodeOptions, EncodeProgress } from "../../codec/options.ts";
import { randomSource } from "../random.ts";

/** A smooth picture with an edge and a little noise. */
function picture(width: number, height: number): Image {
  const random = randomSource(width * 1000 + height);
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < data.length; i++) {
    const [x, y, c] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width), i % 3];
    const shade = 90 + 60 * Math.sin(x / 9 + c) + 40 * Math.cos(y / 7) + (x > width / 2 ? 40 : 0);
    data[i] = Math.max(0, Math.min(255, shade + 6 * random()));
  }
  return { width, height, channels: 3, bitDepth: 8, data };
}

const QUICK: EncodeOptions = { preset: "lop", iterations: 30, device: "cpu", threads: 2, seed: 1 };

Deno.test("encode() gives the same file for the same seed, whatever the number of threads", async () => {
  const image = picture(33, 21);
  const first = await encode(image, QUICK);
  assertEquals((await encode(image, QUICK)).bytes, first.bytes);
  assertEquals((await encode(image, { ...QUICK, threads: 1 })).bytes, first.bytes);
  assertNotEquals((await encode(image, { ...QUICK, seed: 2 })).bytes, first.bytes);
});

Deno.test("encode() reports the size and the quality of the file it made", async () => {
  const image = picture(40, 30);
  const { bytes, report } = await encode(image, { ...QUICK, iterations: 60 });
  const decoded = decode(bytes);
  assertEquals(report.bytes, bytes.length);
  assertAlmostEquals(report.bpp, 8 * bytes.length / 1200, 1e-12);
  assertEquals(report.psnrDb, psnrDb(image, decoded));
  assertAlmostEquals(report.rateLatentBpp + report.rateNetworkBpp + report.rateHeaderBpp, report.bpp, 1e-9);
  assert(report.psnrDb > 20, `${report.psnrDb} dB`);
  assertEquals([report.width, report.height, report.iterations, report.preset], [40, 30, 60, "lop"]);
});

Deno.test("encode() gets better with more iterations", async () => {
  const image = picture(24, 24);
  const loss = async (iterations: number) => {
    const { report } = await encode(image, { ...QUICK, iterations });
    return 10 ** (-report.psnrDb / 10) + report.lambda * (report.rateLatentBpp + report.rateNetworkBpp);
  };
  assert(await loss(200) < 0.8 * await loss(20));
});

Deno.test("encode() encodes every preset and the smallest pictures", async () => {
  for (const preset of PRESET_NAMES) {
    for (const [width, height] of [[1, 1], [1, 9], [17, 2]]) {
      const image = picture(width, height);
      const { bytes } = await encode(image, { ...QUICK, preset, iterations: 5 });
      const { data, ...shape } = decode(bytes);
      assertEquals(shape, { width, height, channels: 3, bitDepth: 8 });
      assertEquals(data.length, width * height * 3);
    }
  }
});

Deno.test("encode() tells its progress from the first iteration to the last stage", async () => {
  const moments: EncodeProgress[] = [];
  await encode(picture(16, 16), { ...QUICK, onProgress: (moment) => moments.push(moment) });
  assertEquals(new Set(moments.map((m) => m.stage)), new Set(["training", "quantising", "writing"]));
  const iterations = moments.map((m) => m.iteration);
  assertEquals(iterations, [...iterations].sort((a, b) => a - b));
  assertEquals(iterations.at(-1), 30);
  assert(moments.every((m) => m.secondsLeft >= 0 && m.bpp >= 0 && Number.isFinite(m.psnrDb)));
});

Deno.test("encode() stops when it is aborted", async () => {
  const controller = new AbortController();
  const reason = new Error("enough");
  const options = {
    ...QUICK,
    iterations: 100_000,
    signal: controller.signal,
    onProgress: () => controller.abort(reason),
  };
  await assertRejects(() => encode(picture(16, 16), options), Error, "enough");
});

Deno.test("encode() refuses images and options that are out of range, by name", async () => {
  const image = picture(8, 8);
  const wrong: [Partial<Image>, EncodeOptions, string][] = [
    [{ width: 0 }, {}, "width and height"],
    [{ channels: 4 }, {}, "1 channel (gray) or 3 (RGB), received 4"],
    [{ bitDepth: 17 }, {}, "8 to 16 bits"],
    [{ bitDepth: 16 }, {}, "samples in a Uint16Array, received Uint8Array"],
    [{ bitDepth: 10, data: new Uint16Array(192).fill(1024) }, {}, "samples below 1024, received 1024"],
    [{ alpha: new Uint8Array(63) }, {}, "64 alpha samples, received 63"],
    [{ metadata: { srgb: Uint8Array.of(1, 2) } }, {}, "metadata srgb: expected 1 bytes, received 2"],
    [{}, { alpha: "none" as "lossy" }, "alpha lossless or lossy"],
    [{ data: new Uint8Array(5) }, {}, "192 samples"],
    [{}, { lambda: 0 }, "lambda"],
    [{}, { lambda: NaN }, "lambda"],
    [{}, { iterations: 0 }, "iterations"],
    [{}, { seed: -1 }, "seed"],
    [{}, { threads: 1.5 }, "threads"],
    [{}, { preset: "xxl" as "lop" }, "preset"],
    [{}, { device: "tpu" as "cpu" }, "device"],
    [{}, { without: ["adam" as "soap"] }, "ingredients learnedDefaults, synthesisDefaults, learnedFields, coarseStart"],
    [{}, { topLevel: 13 }, "topLevel: expected 0..12"],
    [{}, { rateScale: 0 }, "rateScale"],
    [{}, { seconds: 5 }, "only one of iterations and seconds"],
    [{}, { lambda: 1, target: { kind: "bytes", bytes: 9 } }, "only one of lambda and target"],
    [{}, { architecture: { ...PRESETS.lop, contexts: 41 } }, "contexts: expected 1..40"],
    [{}, { architecture: { ...PRESETS.lop, contexts: 7 } }, "a residual ARM layer of 11 inputs has 10 outputs"],
    [{}, { checkpoint: { everySeconds: NaN, load: () => undefined, save: () => {} } }, "checkpoint"],
  ];
  for (const [part, options, word] of wrong) {
    await assertRejects(() => encode({ ...image, ...part }, { ...QUICK, ...options }), RangeError, word);
  }
});

Deno.test("encode() refuses what decode() would, before it trains", async () => {
  const wide = { outputs: 127, kernel: 3, residual: false, relu: true } as const;
  const synthesis = [wide, wide, wide, wide, wide, wide, { ...wide, outputs: 0, relu: false }];
  const options: EncodeOptions = { ...QUICK, architecture: { ...PRESETS.lop, synthesis }, iterations: 1e9 };
  const words = "expected at most 1000000000000 multiplications";
  await assertRejects(() => encode(picture(1600, 1024), options), LimitError, words);
});

Deno.test("encode() refuses a time and a target that are none", async () => {
  const image = picture(8, 8);
  const refused = (options: EncodeOptions, words: string) =>
    assertRejects(() => encode(image, { preset: "lop", device: "cpu", ...options }), RangeError, words);
  for (const seconds of [NaN, 0, Infinity]) await refused({ seconds }, `finite seconds > 0, received ${seconds}`);
  await refused({ target: { kind: "bytes", bytes: 0 } }, "a target of bytes or psnrDb > 0");
  await refused({ target: { kind: "psnr", psnrDb: NaN } }, "a target of bytes or psnrDb > 0");
});
