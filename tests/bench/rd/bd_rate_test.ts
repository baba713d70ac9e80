import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { bdRate, type RatePoint } from "../../../bench/rd/bd_rate.ts";

const points = (pairs: readonly (readonly [number, number])[]): RatePoint[] =>
  pairs.map(([bpp, psnrDb]) => ({ bpp, psnrDb }));

const A = points([[0.08, 27.1], [0.21, 30.4], [0.5, 34.3], [0.9, 37.2], [1.5, 41.0]]);
const B = points([[0.1, 27.9], [0.25, 31.6], [0.6, 35.2], [1.4, 40.1]]);
const C = points([[0.1, 30.0], [0.3, 33.5]]);
/** Neither convex nor of rising rate: the limited slopes and the flat ones are used. */
const D = points([[0.1, 28.0], [0.12, 28.3], [0.11, 31.0], [0.9, 31.2], [2.0, 45.0]]);

Deno.test("bdRate() gives what an independent program of the same definition gives", () => {
  const expected: readonly (readonly [RatePoint[], RatePoint[], number, number, number])[] = [
    [A, B, -4.611841046376275, 27.9, 40.1],
    [B, A, 4.834815030467765, 27.9, 40.1],
    [A, C, -39.72614333430088, 30.0, 33.5],
    [A, D, 66.28732493738814, 28.0, 41.0],
    [D, B, -43.51338566034448, 28.0, 40.1],
  ];
  for (const [anchor, test, percent, lowDb, highDb] of expected) {
    const result = bdRate(anchor, test);
    assertAlmostEquals(result.percent, percent, 1e-9);
    assertEquals([result.lowDb, result.highDb], [lowDb, highDb]);
  }
});

Deno.test("bdRate() of a curve with every rate 10 % higher is 10 %, in any order of points", () => {
  const dearer = A.map(({ bpp, psnrDb }) => ({ bpp: 1.1 * bpp, psnrDb })).reverse();
  assertAlmostEquals(bdRate(A, dearer).percent, 10, 1e-9);
});

Deno.test("bdRate() leaves out lossless points", () => {
  assertEquals(bdRate(A, [...B, { bpp: 9, psnrDb: Infinity }]), bdRate(A, B));
});

Deno.test("bdRate() refuses curves that say nothing about each other", () => {
  assertThrows(() => bdRate(A, A.slice(0, 1)), RangeError, "expected 2 points, found 1");
  assertThrows(() => bdRate(A, [...A, A[0]]), RangeError, "two of the same");
  assertThrows(() => bdRate(A, points([[1, 50], [2, 60]])), RangeError, "common interval");
});
