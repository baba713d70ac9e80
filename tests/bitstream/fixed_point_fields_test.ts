import { assertEquals, assertThrows } from "@std/assert";
import { BitstreamError } from "../../bitstream/errors.ts";
import {
  decodeFixedPoint,
  encodeFixedPoint,
  MAX_FIXED_POINT,
  MIN_FIXED_POINT,
} from "../../bitstream/fixed_point_fields.ts";
import { FIXED_POINT_ROW } from "../../bitstream/field_table.ts";
import type { FixedPoint } from "../../bitstream/quantised_model.ts";
import { RangeDecoder, RangeEncoder } from "../../bitstream/range_coder.ts";

function coded(fixedPoint: FixedPoint, learned: boolean): { read: FixedPoint; bytes: number } {
  const coder = new RangeEncoder();
  encodeFixedPoint(coder, fixedPoint, learned);
  const bytes = coder.finish();
  const decoder = new RangeDecoder(bytes, 0, bytes.length);
  return { read: decodeFixedPoint(decoder, 1 + fixedPoint.layerBits.length, learned), bytes: bytes.length };
}

Deno.test("decodeFixedPoint() restores all fractional bits, plain and learned", () => {
  for (const learned of [false, true]) {
    for (let planeBits = MIN_FIXED_POINT; planeBits <= MAX_FIXED_POINT; planeBits++) {
      for (let bits = MIN_FIXED_POINT; bits <= MAX_FIXED_POINT; bits++) {
        const fixedPoint = { planeBits, layerBits: [bits, planeBits, MAX_FIXED_POINT] };
        assertEquals(coded(fixedPoint, learned).read, fixedPoint);
      }
    }
    assertEquals(coded({ planeBits: 9, layerBits: [] }, learned).read, { planeBits: 9, layerBits: [] });
  }
});

Deno.test("learned fractional bits take less where they are as expected", () => {
  const [plane, , layer] = FIXED_POINT_ROW.map((value) => Math.round(value / 4));
  const fixedPoint = { planeBits: plane, layerBits: Array(20).fill(layer) };
  const [plain, learned] = [false, true].map((learned) => coded(fixedPoint, learned).bytes);
  assertEquals(plain >= 10 && learned <= 6, true, `${plain} and ${learned} bytes`);
});

Deno.test("decodeFixedPoint() refuses bits out of range", () => {
  for (const bits of [3, 14]) {
    assertThrows(() => coded({ planeBits: bits, layerBits: [] }, true), BitstreamError, `4..13, received ${bits}`);
  }
  assertThrows(() => coded({ planeBits: 14, layerBits: [] }, false), BitstreamError, "planeBits: expected 4..13");
  assertThrows(() => coded({ planeBits: 9, layerBits: [15] }, false), BitstreamError, "layerBits: expected 4..13");
});
