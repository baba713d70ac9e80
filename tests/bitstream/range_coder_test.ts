import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { BitstreamError } from "../../bitstream/errors.ts";
import { RangeDecoder, RangeEncoder } from "../../bitstream/range_coder.ts";
import { randomSource } from "../random.ts";

type Decision = readonly [bit: number, probability: number];

function encode(decisions: readonly Decision[]): Uint8Array {
  const coder = new RangeEncoder();
  for (const [bit, probability] of decisions) coder.encodeBit(bit, probability);
  return coder.finish();
}

function decode(bytes: Uint8Array, decisions: readonly Decision[]): number[] {
  const coder = new RangeDecoder(bytes, 0, bytes.length);
  const bits = decisions.map(([, probability]) => coder.decodeBit(probability));
  coder.assertEnd();
  return bits;
}

const decision = fc.tuple(fc.integer({ min: 0, max: 1 }), fc.integer({ min: 1, max: 32767 }));

Deno.test("RangeDecoder restores any decisions with any probabilities", () => {
  fc.assert(fc.property(fc.array(decision, { maxLength: 400 }), (decisions) => {
    assertEquals(decode(encode(decisions), decisions), decisions.map(([bit]) => bit));
  }));
});

Deno.test("RangeEncoder carries through a run of 0xff bytes", () => {
  const top: Decision = [1, 1];
  const decisions = [...Array<Decision>(3000).fill(top), [0, 16384] as const, ...Array<Decision>(3000).fill(top)];
  assertEquals(decode(encode(decisions), decisions), decisions.map(([bit]) => bit));
});

Deno.test("RangeEncoder stays within 0.02 % and one byte of the entropy", () => {
  const random = randomSource(1);
  let bits = 0;
  const decisions = Array.from({ length: 100_000 }, (): Decision => {
    const probability = 1 + Math.floor(random() * 32767);
    const bit = random() * 32768 < probability ? 0 : 1;
    bits -= Math.log2((bit === 0 ? probability : 32768 - probability) / 32768);
    return [bit, probability];
  });
  assert(encode(decisions).length * 8 < bits * 1.0002 + 8);
});

Deno.test("RangeEncoder writes nothing for nothing, and one byte at most for one bit", () => {
  assertEquals(encode([]).length, 0);
  assertEquals(encode([[0, 16384]]).length, 0);
  assertEquals(encode([[1, 16384]]), Uint8Array.of(128));
});

Deno.test("encodeBits() and decodeBits() restore values of up to 31 bits", () => {
  const coder = new RangeEncoder();
  const values = [0, 1, 5, 0x7fffffff, 0x12345678];
  for (const value of values) coder.encodeBits(value, 31);
  const bytes = coder.finish();
  const decoder = new RangeDecoder(bytes, 0, bytes.length);
  assertEquals(values.map(() => decoder.decodeBits(31)), values);
});

Deno.test("RangeDecoder refuses to read more than four bytes past the end", () => {
  const decoder = new RangeDecoder(Uint8Array.of(1, 2, 3), 1, 3);
  const error = assertThrows(() => decoder.decodeBits(31) + decoder.decodeBits(31), BitstreamError);
  assertEquals(error.byteOffset, 3);
});

Deno.test("assertEnd() refuses bytes that were not needed", () => {
  const decoder = new RangeDecoder(new Uint8Array(5), 0, 5);
  decoder.decodeBits(16);
  assertThrows(() => decoder.assertEnd(), BitstreamError, "received 3");
});
