import { assertEquals, assertThrows } from "@std/assert";
import * as fc from "fast-check";
import { PictureError } from "../../files/errors.ts";
import { readPnm } from "../../files/pnm.ts";
import { writePam, writePnm, writePpm } from "../../files/pnm_writer.ts";
import type { Image } from "../../mod.ts";

const bytes = (text: string, ...rest: number[]) => Uint8Array.of(...new TextEncoder().encode(text), ...rest);

/** Files and the samples they stand for. */
const FILES: readonly (readonly [what: string, file: Uint8Array, shape: number[], data: number[], alpha?: number[]])[] =
  [
    ["PBM as text", bytes("P1\n# a comment\n3 2\n1 0 1\n011"), [3, 2, 1, 8], [0, 255, 0, 255, 0, 0]],
    ["PGM as text", bytes("P2 2 1 15 3 15"), [2, 1, 1, 8], [51, 255]],
    ["PPM as text", bytes("P3 1 1 # comment\n255\n1 2 3\n"), [1, 1, 3, 8], [1, 2, 3]],
    ["binary PBM", bytes("P4\n9 2\n", 0b10100000, 0x80, 0, 0), [9, 2, 1, 8], [
      0,
      255,
      0,
      ...Array(5).fill(255),
      0,
      ...Array(9).fill(255),
    ]],
    ["binary PGM", bytes("P5 2 1 255\n", 10, 13), [2, 1, 1, 8], [10, 13]],
    ["binary PPM", bytes("P6\n1 1\n255\n", 7, 8, 9), [1, 1, 3, 8], [7, 8, 9]],
    ["16-bit PGM", bytes("P5 2 1 65535\n", 1, 2, 255, 254), [2, 1, 1, 16], [258, 65534]],
    ["10-bit PPM", bytes("P6 1 1 1023\n", 3, 255, 0, 1, 1, 0), [1, 1, 3, 10], [1023, 1, 256]],
    ["a maximum of 1000", bytes("P5 2 1 1000\n", 3, 232, 0, 0), [2, 1, 1, 10], [1023, 0]],
    [
      "PAM of two samples",
      bytes("P7\nWIDTH 1\nHEIGHT 1\nDEPTH 2\nMAXVAL 255\nTUPLTYPE GRAYSCALE_ALPHA\nENDHDR\n", 9, 8),
      [1, 1, 1, 8],
      [9],
      [8],
    ],
    ["PAM of a bitmap", bytes("P7\nWIDTH 2\nHEIGHT 1\nDEPTH 1\nMAXVAL 1\n# no type\nENDHDR\n", 0, 1), [2, 1, 1, 8], [
      0,
      255,
    ]],
  ];

for (const [what, file, [width, height, channels, bitDepth], data, alpha] of FILES) {
  Deno.test(`readPnm() reads ${what}`, () => {
    const image = readPnm(file);
    assertEquals([image.width, image.height, image.channels, image.bitDepth], [width, height, channels, bitDepth]);
    assertEquals([[...image.data], image.alpha && [...image.alpha]], [data, alpha]);
    assertEquals(image.data.BYTES_PER_ELEMENT, bitDepth > 8 ? 2 : 1);
  });
}

const REFUSED: readonly (readonly [what: string, file: Uint8Array, message: string])[] = [
  ["a size of 0", bytes("P5 0 1 255\n"), "1 to 65535 pixels per side, found 0x1"],
  ["a size beyond memory", bytes("P5 60000 60000 255\n"), "at most 67108864 pixels"],
  ["no maximum", bytes("P5 1 1"), "expected a number for maximum, found the end of the file"],
  ["a maximum of 0", bytes("P5 1 1 0\n", 0), "a maximum of 1 to 65535, found 0"],
  ["a maximum of 70000", bytes("P5 1 1 70000\n", 0, 0), "a maximum of 1 to 65535, found 70000"],
  ["letters for numbers", bytes("P5 x 1 255\n", 0), "expected a number for width, found other text"],
  ["too few samples", bytes("P6 2 2 255\n", 1, 2), "expected 12 bytes of samples, found 2"],
  ["a text that ends", bytes("P2 2 1 255 7"), "expected a number for sample 1, found the end of the file"],
  ["a sample over the maximum", bytes("P5 1 1 100\n", 101), "expected samples up to 100, found 101"],
  ["a text sample over the maximum", bytes("P2 1 1 100 300"), "expected samples up to 255, found 300"],
  ["a PAM header without end", bytes("P7\nWIDTH 1\n"), "a PAM header that ends with ENDHDR"],
  ["a PAM header without depth", bytes("P7\nWIDTH 1\nHEIGHT 1\nENDHDR\n"), "expected a number for DEPTH, found none"],
  ["a PAM depth of 5", bytes("P7\nWIDTH 1\nHEIGHT 1\nDEPTH 5\nMAXVAL 1\nENDHDR\n"), "a DEPTH of 1 to 4, found 5"],
];

for (const [what, file, message] of REFUSED) {
  Deno.test(`readPnm() refuses ${what}`, () => {
    assertThrows(() => readPnm(file), PictureError, message);
  });
}

function pictures(channels: number, bitDepth: number): fc.Arbitrary<Image> {
  const side = fc.integer({ min: 1, max: 9 });
  return fc.tuple(side, side).chain(([width, height]) => {
    const length = width * height * channels;
    return fc.array(fc.nat(2 ** bitDepth - 1), { minLength: length, maxLength: length }).map((values) => {
      const data = bitDepth > 8 ? Uint16Array.from(values) : Uint8Array.from(values);
      return { width, height, channels, bitDepth, data };
    });
  });
}

for (const [channels, bitDepth] of [[1, 8], [3, 8], [1, 12], [3, 16]]) {
  Deno.test(`readPnm() reads what is written with ${channels} channels of ${bitDepth} bits`, () => {
    fc.assert(fc.property(pictures(channels, bitDepth), (picture) => {
      assertEquals(readPnm(writePnm(picture)), picture);
      assertEquals(readPnm(writePam(picture)), picture);
      const alpha = picture.data.slice(0, picture.width * picture.height);
      assertEquals(readPnm(writePam({ ...picture, alpha })), { ...picture, alpha });
      const colours = readPnm(writePpm(picture));
      assertEquals(colours.channels, 3);
      assertEquals([...colours.data].filter((_, i) => channels === 3 || i % 3 === 1), [...picture.data]);
    }));
  });
}

Deno.test("readPnm() takes any bytes to a picture or a PictureError", () => {
  const file = writePam({ width: 3, height: 2, channels: 3, bitDepth: 8, data: new Uint8Array(18) });
  const other = bytes("P3 2 1 255 1 2 3 4 5 6");
  fc.assert(fc.property(fc.boolean(), fc.nat(60), fc.nat(255), (pam, offset, value) => {
    const damaged = pam ? file.slice() : other.slice();
    damaged[offset % damaged.length] = value;
    damaged[0] = 0x50;
    damaged[1] = pam ? 0x37 : 0x33;
    try {
      readPnm(damaged);
    } catch (error) {
      if (!(error instanceof PictureError)) throw error;
    }
  }));
});
