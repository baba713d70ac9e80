import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { BitstreamError } from "../../bitstream/errors.ts";
import { PROBABILITIES } from "../../bitstream/probability_table.ts";
import { RangeDecoder, RangeEncoder } from "../../bitstream/range_coder.ts";
import { decodeSymbol, encodeSymbol, muInteger } from "../../bitstream/symbols.ts";
import { RUN_COSTS, symbolCostBits } from "../../codec/symbol_cost.ts";
import { randomInteger, randomLaplace, randomSource } from "../random.ts";

const SHORTENING = 2;
const STOPS = PROBABILITIES.stops[SHORTENING];

type Symbol = readonly [value: number, mu: number, scale: number];

function roundTrip(symbols: readonly Symbol[]): { values: number[]; bytes: Uint8Array } {
  const encoder = new RangeEncoder();
  for (const [value, mu, scale] of symbols) encodeSymbol(encoder, value, mu, scale, STOPS);
  const bytes = encoder.finish();
  const decoder = new RangeDecoder(bytes, 0, bytes.length);
  return { values: symbols.map(([, mu, scale]) => decodeSymbol(decoder, mu, scale, STOPS)), bytes };
}

Deno.test("muInteger() rounds halves upwards", () => {
  assertEquals([-96, -33, -32, 0, 31, 32, 8191, -8191].map(muInteger), [-1, -1, 0, 0, 0, 1, 128, -128]);
});

Deno.test("decodeSymbol() restores values around mu for every phase and scale", () => {
  const symbols: Symbol[] = [];
  for (let scale = 0; scale < 64; scale++) {
    for (let mu = -70; mu < 70; mu++) {
      for (const residual of [-2, -1, 0, 1, 3]) symbols.push([(mu >> 6) + residual, mu, scale]);
    }
  }
  assertEquals(roundTrip(symbols).values, symbols.map(([value]) => value));
});

Deno.test("decodeSymbol() restores the ends of i16 from the ends of mu", () => {
  const symbols = [-32768, 32767].flatMap((value) =>
    [-8191, 0, 8191].flatMap((mu) => [0, 30, 63].map((scale): Symbol => [value, mu, scale]))
  );
  assertEquals(roundTrip(symbols).values, symbols.map(([value]) => value));
});

Deno.test("decodeSymbol() refuses a value beyond i16", () => {
  const encoder = new RangeEncoder();
  encodeSymbol(encoder, 32768, 0, 63, STOPS);
  const bytes = encoder.finish();
  assertThrows(() => decodeSymbol(new RangeDecoder(bytes, 0, bytes.length), 0, 63, STOPS), BitstreamError, "32768");
});

Deno.test("symbolCostBits() is the size of the coded symbols", () => {
  const symbols = laplaceSymbols(50_000);
  const cost = symbols.reduce(
    (sum, [value, mu, scale]) => sum + symbolCostBits(value, mu, scale, RUN_COSTS[SHORTENING]),
    0,
  );
  assertAlmostEquals(roundTrip(symbols).bytes.length * 8 / cost, 1, 2e-4);
});

Deno.test("symbolCostBits() without shortening is within 0.1 % of the entropy of Laplace data", () => {
  const symbols = laplaceSymbols(50_000);
  const entropy = symbols.reduce((sum, [value, mu, scale]) => sum + floatBits(value, mu / 64, scale), 0);
  const cost = symbols.reduce((sum, [value, mu, scale]) => sum + symbolCostBits(value, mu, scale, RUN_COSTS[0]), 0);
  assert(cost / entropy < 1.001, `ratio ${cost / entropy}`);
});

function laplaceSymbols(count: number): Symbol[] {
  const random = randomSource(2);
  return Array.from({ length: count }, () => {
    const [mu, scale] = [randomInteger(random, -300, 300), randomInteger(random, 10, 50)];
    return [laplaceAround(random, mu / 64, Math.exp(-4 + scale / 8)), mu, scale];
  });
}

function laplaceAround(random: () => number, mu: number, b: number): number {
  return Math.round(mu + randomLaplace(random, b * 4096) / 4096);
}

function floatBits(value: number, mu: number, scale: number): number {
  const b = Math.exp(-4 + scale / 8);
  const distance = Math.abs(value - mu);
  const p = distance < 0.5
    ? 1 - (Math.exp(-(0.5 - distance) / b) + Math.exp(-(0.5 + distance) / b)) / 2
    : Math.exp(-distance / b) * Math.sinh(0.5 / b);
  return -Math.log2(p);
}
