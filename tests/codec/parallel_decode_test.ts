import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { PRESETS } from "../../bitstream/architecture.ts";
import { pixelChecksum } from "../../bitstream/checksum.ts";
import { BitstreamError, LimitError } from "../../bitstream/errors.ts";
import { writeModel } from "../../bitstream/write.ts";
import { decode } from "../../codec/decode.ts";
import { decodeParallel } from "../../codec/decode_parallel.ts";
import { reconstructRows } from "../../codec/fast_decode/fast_reconstruct.ts";
import { withExtras } from "../../codec/extras.ts";
import type { Image } from "../../codec/image.ts";
import { decodeWithThreads } from "../../codec/parallel_decode/decode_with_threads.ts";
import { streamsFor } from "../../codec/parallel_size.ts";
import { reconstruct } from "../../codec/reconstruct.ts";
import { mutateFile, repair } from "../fuzz/mutate.ts";
import { randomSource } from "../random.ts";
import { randomModel, type RandomModelOptions } from "../random_model.ts";

function example(options: RandomModelOptions): { bytes: Uint8Array; image: Image } {
  const model = randomModel(options);
  const picture = reconstruct(model);
  const image = withExtras(picture, { extensions: [] });
  return { bytes: writeModel(model, pixelChecksum(picture.data)).bytes, image };
}

Deno.test("decodeWithThreads() gives the plain twin's image for any architecture, streams and threads", async () => {
  for (let seed = 0; seed < 12; seed++) {
    const [streams, threads] = [1 + seed % 5, 2 + seed % 3];
    const size = { width: 40 + 30 * seed, height: 31 };
    const options = { seed, ...size, streams, extreme: seed % 4 === 3, restoration: seed % 3 !== 0 };
    const { bytes, image } = example(options);
    assertEquals(await decodeWithThreads(bytes, threads), image, `seed ${seed}`);
  }
});

Deno.test("decodeWithThreads() gives the plain twin's image for every preset, over many parts of a row", async () => {
  for (const [name, architecture] of Object.entries(PRESETS)) {
    const size = { width: 1100, height: 33, topLevel: 5, channels: 3, bitDepth: 8 };
    const { bytes, image } = example({ seed: 2, ...size, streams: 4, architecture });
    for (const threads of [2, 4]) assertEquals(await decodeWithThreads(bytes, threads), image, name);
  }
});

Deno.test("decodeWithThreads() fails if a stream is damaged, whichever thread has it", async () => {
  const { bytes } = example({ seed: 4, width: 90, height: 40, streams: 2, extreme: true });
  for (const part of [0.5, 0.75, 0.99]) {
    const place = Math.floor(bytes.length * part);
    const damaged = repair(bytes.with(place, bytes[place] ^ 8));
    await assertRejects(() => decodeWithThreads(damaged, 2), Error, "Cannot ");
  }
});

Deno.test("decodeParallel() of a damaged file ends as decode() does", async () => {
  const outcome = async (work: () => Image | Promise<Image>) => {
    try {
      return pixelChecksum((await work()).data);
    } catch (error) {
      return (error as Error).message;
    }
  };
  const random = randomSource(6);
  const { bytes } = example({ seed: 8, width: 60, height: 40, streams: 4 });
  for (let i = 0; i < 20; i++) {
    const damaged = mutateFile(random, bytes);
    assertEquals(await outcome(() => decodeParallel(damaged, { threads: 2 })), await outcome(() => decode(damaged)));
  }
});

Deno.test("reconstructRows() gives any rows of the image", () => {
  for (let seed = 0; seed < 100; seed++) {
    const model = randomModel({
      seed,
      extreme: seed % 3 === 2,
      defaults: seed % 33,
      synthesisDefaults: seed % 2 === 0,
    });
    const { width, height, channels, data } = reconstruct(model);
    const first = (seed * 7) % height;
    const end = first + 1 + (seed * 5) % (height - first);
    const [from, to] = [first, end].map((y) => y * width * channels);
    assertEquals(reconstructRows(model, { first, end }), data.slice(from, to), `seed ${seed}`);
  }
});

Deno.test("decodeParallel() gives the image of decode(), whatever is asked for", async () => {
  const { bytes, image } = example({ seed: 9, width: 70, height: 50, streams: 3 });
  for (const options of [{}, { threads: 1 }, { threads: 2 }, { threads: 2, decoder: "plain" } as const]) {
    assertEquals(await decodeParallel(bytes, options), image);
  }
  const rows = example({ seed: 9, width: 7, height: 1 });
  assertEquals(await decodeParallel(rows.bytes, { threads: 8 }), rows.image);
});

Deno.test("decodeParallel() refuses what decode() refuses, with the same words", async () => {
  const { bytes } = example({ seed: 9, width: 70, height: 50, streams: 2 });
  const middle = bytes.length >> 1;
  for (
    const damaged of [bytes.slice(0, middle), bytes.with(middle, bytes[middle] ^ 1), new Uint8Array(), bytes.slice(1)]
  ) {
    const expected = assertThrows(() => decode(damaged), BitstreamError);
    const received = await assertRejects(() => decodeParallel(damaged, { threads: 2 }), BitstreamError);
    assertEquals(received.message, expected.message);
  }
  const limits = { maxPixels: 100, maxBytes: 1e9, maxMultiplications: 1e10 };
  await assertRejects(() => decodeParallel(bytes, { threads: 2, limits }), LimitError);
  for (const threads of [-1, 1.5, 65]) await assertRejects(() => decodeParallel(bytes, { threads }), RangeError);
});

Deno.test("streamsFor() gives one stream below 2 megapixels, up to 4 above", () => {
  assertEquals([768 * 512, 1_999_999, 2_000_000, 4096 * 2160].map(streamsFor), [1, 1, 2, 4]);
});
