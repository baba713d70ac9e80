import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { BitstreamError } from "../../bitstream/errors.ts";
import {
  CLASSES,
  MAX_NOISE,
  MAX_STRENGTH,
  ORIENTATIONS,
  PAIRS,
  readRestoration,
  RESTORATION_ID,
  restorationExtension,
  restorationWeights,
  STRENGTHS,
} from "../../bitstream/restoration.ts";

const strengths = fc.array(fc.nat(MAX_STRENGTH), { minLength: STRENGTHS, maxLength: STRENGTHS });

Deno.test("readRestoration() reads what restorationExtension() writes, in three bytes", () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: MAX_NOISE }), strengths, (noise, strengths) => {
    const chunk = restorationExtension({ noise, strengths });
    assertEquals([chunk.id, chunk.data.length], [RESTORATION_ID, 3]);
    assertEquals(readRestoration([{ id: 1, data: new Uint8Array(9) }, chunk]), { noise, strengths });
  }));
  assertEquals(readRestoration([]), undefined);
});

Deno.test("restorationExtension() refuses what its chunk cannot say", () => {
  const zeros = Array<number>(STRENGTHS).fill(0);
  for (const noise of [0, 256, 1.5, NaN]) {
    assertThrows(() => restorationExtension({ noise, strengths: zeros }), RangeError, "expected noise 1..255");
  }
  assertThrows(() => restorationExtension({ noise: 1, strengths: [1] }), RangeError, "expected 5 strengths");
  for (const strength of [-1, 8, 0.5]) {
    const wrong = zeros.with(2, strength);
    assertThrows(() => restorationExtension({ noise: 1, strengths: wrong }), RangeError, "expected strengths 0..7");
  }
});

Deno.test("readRestoration() refuses another length, no noise, other bits, and a second chunk", () => {
  const refuses = (contents: number[][], message: string) => {
    const chunks = contents.map((data) => ({ id: RESTORATION_ID, data: Uint8Array.from(data), byteOffset: 20 }));
    const error = assertThrows(() => readRestoration(chunks), BitstreamError, message);
    assertEquals(error.byteOffset, 20);
  };
  refuses([[1, 0]], "expected 3 bytes, received 2");
  refuses([[1, 0, 0, 0]], "expected 3 bytes, received 4");
  refuses([[0, 0, 0]], "expected noise 1..255, received 0");
  refuses([[1, 0, 1]], "expected a last bit of 0, received 1");
  refuses([[1, 255, 255]], "expected a last bit of 0, received 1");
  refuses([[1, 0, 0], [1, 0, 0]], "expected one extension 128");
});

Deno.test("restorationWeights() turns weights with the picture, and multiplies them by the strength of their group", () => {
  const at = (weights: Int16Array, site: number, orientation: number) => {
    const from = (site * ORIENTATIONS + orientation) * PAIRS;
    return [...weights.subarray(from, from + PAIRS)];
  };
  const one = restorationWeights([1, 1, 1, 1, 1]);
  for (let site = 0; site < CLASSES; site++) {
    const [a, b, c, d, e, f] = at(one, site, 0);
    assertEquals(at(one, site, 1), [c, d, a, b, e, f]);
    assertEquals(at(one, site, 2), [a, b, c, d, f, e]);
    assertEquals(at(one, site, 3), [c, d, a, b, f, e]);
  }
  assert(one.some((weight) => weight !== 0));
  const mixed = restorationWeights([0, 3, 2, 0, 1]);
  [[0, 0], [17, 0], [18, 3], [35, 3], [36, 2], [53, 2], [54, 0], [71, 0], [72, 1], [89, 1]].forEach(([site, times]) => {
    assertEquals(
      at(mixed, site, 1),
      at(one, site, 1).map((weight) => weight === 0 || times === 0 ? 0 : times * weight),
    );
  });
});
