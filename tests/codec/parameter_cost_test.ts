import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { PRESETS } from "../../bitstream/architecture.ts";
import { type ExpectedFields, expectedFields } from "../../bitstream/group_fields.ts";
import { RangeEncoder } from "../../bitstream/range_coder.ts";
import { encodeGroup } from "../../bitstream/weights.ts";
import { parameterGroupCostBits } from "../../codec/parameter_cost.ts";
import { randomLaplace, randomSource } from "../random.ts";

function codedBytes(values: Int32Array, expected?: ExpectedFields): number {
  const coder = new RangeEncoder();
  encodeGroup(coder, values, 8, expected);
  return coder.finish().length;
}

Deno.test("parameterGroupCostBits() is the size of the coded group, and near the entropy of Laplace values", () => {
  for (const b of [0.01, 0.3, 1, 5, 30, 200, 3000]) {
    const random = randomSource(b);
    const values = Int32Array.from({ length: 4000 }, () => randomLaplace(random, b));
    const bits = parameterGroupCostBits(values);
    assertAlmostEquals(codedBytes(values) * 8 / bits, 1, 1e-3 + 8 / bits);
    const ideal = 4000 * Math.log2(2 * Math.E * b);
    if (b >= 5) assert(bits < ideal * 1.004 + 10, `b ${b}: ${bits} bits, ideal ${ideal}`);
  }
});

Deno.test("parameterGroupCostBits() of zeros is that of the two fields", () => {
  assertEquals(parameterGroupCostBits(new Int32Array(500)), 10);
});

Deno.test("parameterGroupCostBits() is the size of the coded group with learned fields too", () => {
  const rows = expectedFields(PRESETS.mop, { position: 0, synthesis: true, fields: true })!;
  rows.forEach((expected, g) => {
    for (const b of [0.3, 2, 40]) {
      const random = randomSource(g + b);
      const values = Int32Array.from({ length: 500 }, () => randomLaplace(random, b));
      const bits = parameterGroupCostBits(values, 8, expected);
      assertAlmostEquals(codedBytes(values, expected) * 8 / bits, 1, 2e-3 + 8 / bits);
    }
    const unused = parameterGroupCostBits(new Int32Array(500), 8, expected);
    assertAlmostEquals(2 ** -unused, 1 - expected.used / 2 ** 15, 1e-9);
  });
});
