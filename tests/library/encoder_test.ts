/** The library's encoder: PNG bytes, many pictures, closing. */

import { assertEquals, assertRejects } from "@std/assert";
import { writePng } from "../../files/png_writer.ts";
import { createEncoder, decode, encode, type EncodeOptions, PictureError } from "../../mod.ts";
import { testPicture } from "../files/png_maker.ts";

const QUICK: EncodeOptions = { preset: "lop", iterations: 5, device: "cpu", threads: 1 };

Deno.test("encode() takes PNG bytes as it takes their pixels, and refuses other bytes", async () => {
  const image = testPicture(16, 12);
  const { bytes } = await encode(writePng(image), QUICK);
  assertEquals(bytes, (await encode(image, QUICK)).bytes);
  await assertRejects(
    () => encode(new Uint8Array(3), QUICK),
    PictureError,
    "expected a PNG, JPEG, PPM, PGM, PBM or PAM file",
  );
});

Deno.test("encode() and decode() keep alpha and metadata", async () => {
  const image = testPicture(16, 12);
  const alpha = Uint8Array.from({ length: 16 * 12 }, (_, i) => i);
  const metadata = { xmp: new TextEncoder().encode("<x/>"), srgb: Uint8Array.of(0) };
  const decoded = decode((await encode(writePng({ ...image, alpha, metadata }), QUICK)).bytes);
  assertEquals([decoded.alpha, decoded.metadata], [alpha, metadata]);
});

Deno.test("createEncoder() encodes one picture after the other, each as encode() does, and goes on after a bad one", async () => {
  using encoder = createEncoder(QUICK);
  const image = testPicture(16, 12);
  const running: string[] = [];
  const watch = (name: string) => ({ onProgress: () => void (running.at(-1) !== name && running.push(name)) });
  const bad = encoder.encode(new Uint8Array(3));
  const [first, second] = [encoder.encode(image, watch("a")), encoder.encode(image, { ...watch("b"), seed: 7 })];
  await assertRejects(() => bad, PictureError);
  assertEquals((await first).bytes, (await encode(image, QUICK)).bytes);
  assertEquals((await second).report.seed, 7);
  assertEquals(running, ["a", "b"]);
});

Deno.test("createEncoder().close() aborts what runs and what waits", async () => {
  const encoder = createEncoder({ ...QUICK, iterations: 1_000_000, onProgress: () => encoder.close() });
  const image = testPicture(16, 12);
  const both = [encoder.encode(image), encoder.encode(image)];
  for (const result of both) await assertRejects(() => result, DOMException, "closed");
  await assertRejects(() => encoder.encode(image), DOMException, "closed");
});

Deno.test("createEncoder() lets a call say in another way what the encoder says in one", async () => {
  using encoder = createEncoder({ ...QUICK, target: { kind: "bytes", bytes: 300 } });
  const { report } = await encoder.encode(testPicture(16, 12), { lambda: 0.01 });
  assertEquals([report.lambda, report.iterations], [0.01, 5]);
});
