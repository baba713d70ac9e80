import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { DECAY_Q30, PROBABILITIES } from "../../bitstream/probability_table.ts";
import { crc32 } from "../../bitstream/checksum.ts";

const ONE = 32768;

Deno.test("DECAY_Q30 is round(2^30 exp(-1/(64 b))) with ln b = -4 + s/8", () => {
  DECAY_Q30.forEach((value, s) => {
    assertEquals(value, Math.round(2 ** 30 * Math.exp(-1 / (64 * Math.exp(-4 + s / 8)))));
  });
});

Deno.test("PROBABILITIES agree with the float Laplace distribution within one unit, floors apart", () => {
  for (let s = 0; s < 64; s++) {
    const b = Math.exp(-4 + s / 8);
    const upper = (x: number) => Math.exp(-x / b) / 2; // P(t > mu + x), x >= 0
    for (let phase = 0; phase < 64; phase++) {
      const mu = (phase < 32 ? phase : phase - 64) / 64;
      const [below, above] = [upper(mu + 0.5), upper(0.5 - mu)];
      near(PROBABILITIES.zero[s * 64 + phase], ONE * (1 - below - above), 2, 32766);
      const share = 1 / (1 + Math.exp(2 * mu / b));
      near(PROBABILITIES.negative[s * 64 + phase], ONE * share, 2, 32766);
    }
    const t = Math.exp(-1 / b);
    PROBABILITIES.stops.forEach((stop, k) => near(stop[s], ONE * (1 - t + t * t * k / 16), 256, ONE - 256));
  }
});

Deno.test("PROBABILITIES are pinned by a checksum of their 8704 entries, which FORMAT.md has too", () => {
  const { zero, negative, stops } = PROBABILITIES;
  const format = Deno.readTextFileSync(new URL("../../bitstream/FORMAT.md", import.meta.url));
  assertStringIncludes(format, "0x2eaee391");
  const bytes = [...zero, ...negative, ...stops.flatMap((stop) => [...stop])].flatMap((p) => [p >> 8, p & 255]);
  assertEquals(crc32(Uint8Array.from(bytes)).toString(16), "2eaee391");
});

function near(value: number, exact: number, low: number, high: number): void {
  const expected = Math.min(Math.max(exact, low), high);
  assert(Math.abs(value - expected) <= 1, `expected ${expected}, received ${value}`);
}
