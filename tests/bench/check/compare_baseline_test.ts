import { assertEquals, assertStringIncludes } from "@std/assert";
import { type Baseline, compareBaseline } from "../../../bench/check/compare_baseline.ts";

const BEFORE: Baseline = {
  encodes: { small: { bytes: 1000, psnrDb: 30, loss: 0.002, crc: 1 } },
  ratios: { decode: 2 },
};
const TOLERANCES = { loss: 0.05, ratio: 0.4 };

function changes(encode: Partial<Baseline["encodes"][string]>, ratio = 2) {
  const encodes = { small: { ...BEFORE.encodes.small, ...encode } };
  return compareBaseline(BEFORE, { encodes, ratios: { decode: ratio } }, TOLERANCES);
}

Deno.test("compareBaseline() has nothing to say about the same files and times that differ a little", () => {
  assertEquals(changes({}), []);
  assertEquals(changes({}, 2.1), []);
});

Deno.test("compareBaseline() says what moved, and fails beyond the tolerance only", () => {
  const [better] = changes({ bytes: 990, psnrDb: 30.1, loss: 0.0019, crc: 2 });
  assertEquals(better, {
    text: "small: 1000 -> 990 bytes (-1.00 %), 30.000 -> 30.100 dB (+0.100), loss -5.00 %",
    failed: false,
  });
  assertEquals(changes({ loss: 0.00209, crc: 2 }).map(({ failed }) => failed), [false]);
  assertEquals(changes({ loss: 0.00211, crc: 2 }).map(({ failed }) => failed), [true]);
  assertEquals(changes({}, 2.5), [{ text: "decode: 2.000 -> 2.500 calibration loops (+25 %)", failed: false }]);
  assertEquals(changes({}, 2.9).map(({ failed }) => failed), [true]);
  assertEquals(changes({}, 1).map(({ failed }) => failed), [false]);
});

Deno.test("compareBaseline() fails for cases that are on one side only, and leaves out times that were not measured", () => {
  const [missing, added] = compareBaseline(BEFORE, { encodes: { other: BEFORE.encodes.small } }, TOLERANCES);
  assertStringIncludes(missing.text, "small: only in the baseline");
  assertStringIncludes(added.text, "other: not in the baseline");
  assertEquals([missing.failed, added.failed], [true, true]);
  assertEquals(compareBaseline(BEFORE, { encodes: BEFORE.encodes }, TOLERANCES), []);
});
