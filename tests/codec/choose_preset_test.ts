/** `--preset auto`: the cost model, and the trial behind it. */

import { assert, assertEquals } from "@std/assert";
import { cheapestPreset, choosePreset, expectedNetworkBits } from "../../codec/choose_preset.ts";
import { encode } from "../../codec/encode.ts";
import { EFFORTS, ENCODE_DEFAULTS } from "../../codec/options.ts";
import { drawSample } from "../../samples/draw_sample.ts";

const SHAPE = { width: 256, height: 256, channels: 3, topLevel: 6 };

Deno.test("cheapestPreset() takes larger decoders as more bits are at stake", () => {
  const sizes = ["lop", "mop", "hop"];
  const losses = Array.from({ length: 241 }, (_, i) => 10 ** (i / 40));
  const chosen = losses.map((loss) => sizes.indexOf(cheapestPreset(SHAPE, loss, { isLearned: () => true })));
  assertEquals(chosen, chosen.toSorted((a, b) => a - b));
  assertEquals([...new Set(chosen)], [0, 1, 2]);
});

Deno.test("expectedNetworkBits() grows with the parameters and with what is at stake, and is never negative", () => {
  for (const loss of [1, 1e3, 1e5, 1e7]) {
    assert(expectedNetworkBits(500, loss) > 0);
    assert(expectedNetworkBits(1000, loss) > expectedNetworkBits(500, loss));
    assert(expectedNetworkBits(500, 10 * loss) >= expectedNetworkBits(500, loss));
  }
});

Deno.test("encode() with preset auto says which decoder it took: a small one for few bits, a large one for many", async () => {
  const image = drawSample({ width: 96, height: 64 });
  const settings = { ...ENCODE_DEFAULTS, iterations: 10, device: "cpu", threads: 1 } as const;
  const cheap = await choosePreset(image, { ...settings, lambda: 0.1 });
  const dear = await choosePreset(image, { ...settings, lambda: 1e-6 });
  assertEquals([cheap, dear], ["lop", "hop"]);
  const { report } = await encode(image, { ...settings, lambda: 0.1, preset: "auto" });
  assertEquals(report.preset, "lop");
});

Deno.test("encode() takes the iterations of the effort unless told otherwise", async () => {
  const image = drawSample({ width: 16, height: 16 });
  const base = { device: "cpu", threads: 1, preset: "lop" } as const;
  const fast = await encode(image, { ...base, effort: "fast" });
  assertEquals(fast.report.iterations, EFFORTS.fast.iterations);
  assertEquals((await encode(image, { ...base, effort: "best", iterations: 30 })).report.iterations, 30);
});

Deno.test("choosePreset() takes mop, and says so, where a trial would take too much of the time", async () => {
  const image = drawSample({ width: 96, height: 64 });
  const warnings: string[] = [];
  const onWarning = (message: string) => warnings.push(message);
  const settings = { ...ENCODE_DEFAULTS, iterations: 10, device: "cpu", threads: 1, onWarning } as const;
  assertEquals(await choosePreset(image, { ...settings, lambda: 0.1, seconds: 0.01 }), "mop");
  assertEquals(warnings.length, 1);
  assert(warnings[0].endsWith("taking preset mop instead of choosing one"), warnings[0]);
});

Deno.test("encode() with preset auto goes on with the decoder of its checkpoint", async () => {
  const image = drawSample({ width: 32, height: 24 });
  const options = { iterations: 20, device: "cpu", threads: 1, lambda: 0.1 } as const;
  let saved = new Uint8Array();
  await encode(image, { ...options, preset: "hop", onTrained: (bytes) => void (saved = bytes.slice()) });
  const checkpoint = { everySeconds: 1e9, load: () => saved, save: () => {} };
  assertEquals((await encode(image, { ...options, preset: "auto", checkpoint })).report.preset, "hop");
});
