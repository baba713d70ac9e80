import { assertEquals, assertThrows } from "@std/assert";
import { BitstreamError } from "../../../bitstream/errors.ts";
import { predictLatents } from "../../../bitstream/latents.ts";
import { DEFAULT_LIMITS } from "../../../bitstream/limits.ts";
import { readModel } from "../../../bitstream/read.ts";
import { writeModel } from "../../../bitstream/write.ts";
import { decodeLatentsFast, predictLatentsFast } from "../../../codec/fast_decode/fast_latents.ts";
import { randomModel } from "../../random_model.ts";

Deno.test("predictLatentsFast() gives the plain twin's predictions for any architecture", () => {
  for (let seed = 0; seed < 120; seed++) {
    const model = randomModel({ seed, extreme: seed % 3 === 2, defaults: seed % 33 });
    assertEquals(predictLatentsFast(model, model.grids), predictLatents(model, model.grids), `seed ${seed}`);
  }
});

Deno.test("decodeLatentsFast() restores the latents of any model from any number of streams", () => {
  for (let seed = 0; seed < 120; seed++) {
    const model = randomModel({ seed, extreme: seed % 3 === 2, defaults: seed % 33 });
    const { bytes } = writeModel(model, 0);
    assertEquals(readModel(bytes, DEFAULT_LIMITS, decodeLatentsFast).model, model, `seed ${seed}`);
  }
});

Deno.test("decodeLatentsFast() refuses what the plain twin refuses, at the same place", () => {
  for (let seed = 0; seed < 60; seed++) {
    const { bytes } = writeModel(
      randomModel({ seed, width: 12, height: 9, extreme: seed % 2 === 1, defaults: seed % 33 }),
      0,
    );
    const damaged = bytes.slice(0, bytes.length - 7);
    const plain = assertThrows(() => readModel(damaged), BitstreamError);
    const fast = assertThrows(() => readModel(damaged, DEFAULT_LIMITS, decodeLatentsFast), BitstreamError);
    assertEquals(fast.message, plain.message);
  }
});
