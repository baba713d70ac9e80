import { assertEquals } from "@std/assert";
import { PRESETS } from "../../../bitstream/architecture.ts";
import { reconstructFast } from "../../../codec/fast_decode/fast_reconstruct.ts";
import { reconstruct } from "../../../codec/reconstruct.ts";
import { randomModel } from "../../random_model.ts";

Deno.test("reconstructFast() gives the plain twin's image for any architecture", () => {
  for (let seed = 0; seed < 200; seed++) {
    const model = randomModel({ seed, extreme: seed % 3 === 2, defaults: seed % 33, restoration: seed % 2 === 1 });
    assertEquals(reconstructFast(model), reconstruct(model), `seed ${seed}`);
  }
});

Deno.test("reconstructFast() gives the plain twin's image across strips of columns", () => {
  for (const width of [1023, 1024, 1025, 1031, 1032, 1033, 2049]) {
    const size = { width, height: 9, channels: 3, topLevel: 3 };
    const model = randomModel({ seed: width, ...size, architecture: PRESETS.hop, restoration: width % 2 === 0 });
    assertEquals(reconstructFast(model), reconstruct(model), `width ${width}`);
  }
});
