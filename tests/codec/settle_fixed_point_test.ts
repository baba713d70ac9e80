/** The choice of fractional bits on the decoder itself. */

import { assert, assertEquals } from "@std/assert";
import { readModel } from "../../bitstream/read.ts";
import { MIN_FIXED_POINT } from "../../bitstream/fixed_point_fields.ts";
import type { Image } from "../../codec/image.ts";
import { integerBackend } from "../../codec/integer_backend.ts";
import { meanSquaredError } from "../../codec/metrics.ts";
import { settleFixedPoint } from "../../codec/settle_fixed_point.ts";
import { encode } from "../../mod.ts";
import { drawSample } from "../../samples/draw_sample.ts";

const { reconstruct, latentDecoder } = integerBackend();

async function encodedSample() {
  const image = drawSample({ width: 48, height: 32 });
  const { bytes } = await encode(image, { preset: "lop", iterations: 300, device: "cpu", threads: 1 });
  return { image, model: readModel(bytes, undefined, latentDecoder).model };
}

Deno.test("settleFixedPoint() gives the planes room for values that only a filter's first pass has", async () => {
  const { image, model } = await encodedSample();
  const error = meanSquaredError(image, reconstruct(model));
  const { planeBits, layerBits } = model.fixedPoint;
  const largest = Math.max(...model.grids.flatMap((grid) => [...grid].map(Math.abs)));
  const cut = { planeBits: Math.ceil(Math.log2(32768 / largest)) + 1, layerBits };
  assert(meanSquaredError(image, reconstruct({ ...model, fixedPoint: cut })) > 2 * error);
  const settled = settleFixedPoint({ ...model, fixedPoint: cut }, image, reconstruct);
  assert(settled.planeBits < cut.planeBits && settled.planeBits >= planeBits - 1);
  assert(meanSquaredError(image, reconstruct({ ...model, fixedPoint: settled })) < 1.05 * error);
});

Deno.test("settleFixedPoint() leaves bits that suit, and stops at the least", async () => {
  const { image, model } = await encodedSample();
  assertEquals(settleFixedPoint(model, image, () => image), model.fixedPoint);
  const betterWithLess = ({ fixedPoint: { planeBits, layerBits } }: typeof model): Image => {
    const data = image.data.slice();
    const error = layerBits.reduce((sum, bits) => sum + bits, planeBits);
    data[0] += data[0] < 128 ? error : -error;
    return { ...image, data };
  };
  const least = { planeBits: MIN_FIXED_POINT, layerBits: model.fixedPoint.layerBits.map(() => MIN_FIXED_POINT) };
  assertEquals(settleFixedPoint(model, image, betterWithLess), least);
});
