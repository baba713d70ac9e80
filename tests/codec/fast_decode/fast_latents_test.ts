import { assertEquals, assertThrows } from "@std/assert";
import { BitstreamError } from "../../../bitstream/errors.ts";
import { visitLatents } from "../../../bitstream/latents.ts";
import { DEFAULT_LIMITS } from "../../../bitstream/limits.ts";
import type { QuantisedModel } from "../../../bitstream/quantised_model.ts";
import { readModel } from "../../../bitstream/read.ts";
import { writeModel } from "../../../bitstream/write.ts";
import { decodeLatentsFast, predictLatents } from "../../../codec/fast_decode/fast_latents.ts";
import { randomModel } from "../../random_model.ts";

function plainPredictions(model: QuantisedModel): Int32Array[] {
  const predictions = model.grids.map((grid) => new Int32Array(grid.length));
  visitLatents(model, model.grids.map((grid) => grid.slice()), ({ grid, index }, prediction) => {
    predictions[grid][index] = prediction;
    return model.grids[grid][index];
  });
  return predictions;
}

Deno.test("predictLatents() gives the plain twin's predictions for any architecture", () => {
  for (let seed = 0; seed < 120; seed++) {
    const model = randomModel({ seed, extreme: seed % 3 === 2 });
    assertEquals(predictLatents(model, model.grids), plainPredictions(model), `seed ${seed}`);
  }
});

Deno.test("decodeLatentsFast() restores the latents of any model from any number of streams", () => {
  for (let seed = 0; seed < 120; seed++) {
    const model = randomModel({ seed, extreme: seed % 3 === 2 });
    const { bytes } = writeModel(model, 0);
    assertEquals(readModel(bytes, DEFAULT_LIMITS, decodeLatentsFast).model, model, `seed ${seed}`);
  }
});

Deno.test("decodeLatentsFast() refuses what the plain twin refuses, at the same place", () => {
  for (let seed = 0; seed < 60; seed++) {
    const { bytes } = writeModel(randomModel({ seed, width: 12, height: 9, extreme: seed % 2 === 1 }), 0);
    const damaged = bytes.slice(0, bytes.length - 7);
    const plain = assertThrows(() => readModel(damaged), BitstreamError);
    const fast = assertThrows(() => readModel(damaged, DEFAULT_LIMITS, decodeLatentsFast), BitstreamError);
    assertEquals(fast.message, plain.message);
  }
});
