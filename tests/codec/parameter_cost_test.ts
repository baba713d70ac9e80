import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { RangeEncoder } from "../../bitstream/range_coder.ts";
import { encodeParameters } from "../../bitstream/weights.ts";
import { parameterGroupCostBits } from "../../codec/parameter_cost.ts";
import { randomLaplace, randomSource } from "../random.ts";

function codedBytes(values: Int32Array): number {
  const coder = new RangeEncoder();
  const group = { name: "", module: "arm", offset: 0, length: values.length, maxStepBits: 8, tensors: [] } as const;
  const fixedPoint = { planeBits: 9, layerBits: [] };
  encodeParameters(coder, [group], { fixedPoint, stepBits: [8], parameters: values });
  return coder.finish().length;
}

Deno.test("parameterGroupCostBits() is the size of the coded group, and near the entropy of Laplace values", () => {
  for (const b of [0.01, 0.3, 1, 5, 30, 200, 3000]) {
    const random = randomSource(b);
    const values = Int32Array.from({ length: 4000 }, () => randomLaplace(random, b));
    const bits = parameterGroupCostBits(values);
    assertAlmostEquals((codedBytes(values) * 8 - 4) / bits, 1, 1e-3 + 8 / bits);
    const ideal = 4000 * Math.log2(2 * Math.E * b);
    if (b >= 5) assert(bits < ideal * 1.004 + 10, `b ${b}: ${bits} bits, ideal ${ideal}`);
  }
});

Deno.test("parameterGroupCostBits() of zeros is that of the two fields", () => {
  assertEquals(parameterGroupCostBits(new Int32Array(500)), 10);
});
