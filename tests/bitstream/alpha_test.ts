import { assert, assertEquals, assertThrows } from "@std/assert";
import { deflateSync } from "node:zlib";
import * as fc from "fast-check";
import { decodeAlpha, encodeAlpha } from "../../bitstream/alpha.ts";
import { BitstreamError } from "../../bitstream/errors.ts";

/** Planes of every small size: runs of the ends of the range, slopes and noise. */
function planes(bitDepth: number) {
  const side = fc.integer({ min: 1, max: 20 });
  const top = 2 ** bitDepth - 1;
  return fc.tuple(side, side, fc.constantFrom(1, 8, top)).chain(([width, height, noise]) => {
    const length = width * height;
    return fc.array(fc.nat(noise), { minLength: length, maxLength: length }).map((values) => {
      const alpha = bitDepth > 8 ? new Uint16Array(length) : new Uint8Array(length);
      values.forEach((value, i) => alpha[i] = Math.min(top, noise === 1 ? value * top : value + 9 * (i % width)));
      return { alpha, shape: { width, height, bitDepth } };
    });
  });
}

for (const bitDepth of [8, 11, 16]) {
  Deno.test(`decodeAlpha() restores planes of ${bitDepth} bits`, () => {
    fc.assert(fc.property(planes(bitDepth), ({ alpha, shape }) => {
      assertEquals(decodeAlpha(encodeAlpha(alpha, shape), shape, 0), alpha);
    }));
  });
}

Deno.test("encodeAlpha() makes a disc with a soft edge a good deal smaller than deflate does", () => {
  const shape = { width: 256, height: 256, bitDepth: 8 };
  const alpha = Uint8Array.from({ length: 256 * 256 }, (_, i) => {
    const radius = Math.hypot(i % 256 - 128.3, Math.floor(i / 256) - 127.6);
    return Math.max(0, Math.min(255, 255 * (100.5 - radius)));
  });
  assert(encodeAlpha(alpha, shape).length < 0.8 * deflateSync(alpha, { level: 9 }).length);
});

Deno.test("decodeAlpha() of a damaged plane is the plane or a BitstreamError", () => {
  const shape = { width: 17, height: 9, bitDepth: 8 };
  const alpha = Uint8Array.from({ length: 17 * 9 }, (_, i) => (i * 31) & 255);
  const bytes = encodeAlpha(alpha, shape);
  for (let i = 0; i < bytes.length; i++) {
    assertThrows(() => decodeAlpha(bytes.with(i, bytes[i] ^ 5), shape, 0), BitstreamError);
    assertThrows(() => decodeAlpha(bytes.subarray(0, i), shape, 0), BitstreamError);
  }
  assertThrows(() => decodeAlpha(bytes, { ...shape, width: 18 }, 0), BitstreamError);
});

Deno.test("decodeAlpha() names the byte of the file where its chunk ends too early or too late", () => {
  const shape = { width: 17, height: 9, bitDepth: 8 };
  const bytes = encodeAlpha(Uint8Array.from({ length: 17 * 9 }, (_, i) => (i * 31) & 255), shape);
  const cut = () => decodeAlpha(bytes.subarray(0, 20), shape, 77);
  assertThrows(cut, BitstreamError, "received the end (at byte 97)");
  const longer = Uint8Array.from([...bytes, 0, 0, 0]);
  // A stream may end with one byte that is not needed.
  assertThrows(() => decodeAlpha(longer, shape, 77), BitstreamError, `received 4 (at byte ${77 + bytes.length - 1})`);
});

Deno.test("decodeAlpha() refuses a plane whose checksum is another one", () => {
  const shape = { width: 2, height: 2, bitDepth: 8 };
  const bytes = encodeAlpha(Uint8Array.of(1, 2, 3, 4), shape);
  assertThrows(() => decodeAlpha(bytes.with(0, bytes[0] ^ 1), shape, 77), BitstreamError, "at byte 77");
});
