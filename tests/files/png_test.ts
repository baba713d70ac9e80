import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { deflateSync } from "node:zlib";
import * as fc from "fast-check";
import { encode as encodeWithFastPng } from "fast-png";
import { PictureError } from "../../files/errors.ts";
import { readPng } from "../../files/png.ts";
import { writePng } from "../../files/png_writer.ts";
import { chunk, dataChunk, headerChunk, join, pngOf, testPicture, tinyPng } from "./png_maker.ts";

const END = chunk("IEND");
const PIXELS = new Uint8Array(52);
const BYTES = (text: string) => new TextEncoder().encode(text);

function flipped(bytes: Uint8Array, offset: number): Uint8Array {
  const copy = bytes.slice();
  copy[offset] ^= 1;
  return copy;
}

/** A 4x4 picture of 8-bit palette indices. */
function paletted(paletteBytes: number, indices: Uint8Array, ...more: Uint8Array[]): Uint8Array {
  const rows = Array.from({ length: 4 }, (_, y) => [0, ...indices.subarray(4 * y, 4 * y + 4)]);
  const data = dataChunk(Uint8Array.from(rows.flat()));
  return pngOf(headerChunk({ colourType: 3 }), chunk("PLTE", new Uint8Array(paletteBytes)), ...more, data, END);
}

/** Every way to be refused, with the part of the message that says so. */
const REFUSED: readonly (readonly [what: string, file: Uint8Array, message: string])[] = [
  ["an empty file", new Uint8Array(), "expected a PNG file, found an empty file"],
  ["a text file", BYTES("Hello, world"), "found a file that starts with 48 65 6c 6c 6f 2c 20 77"],
  ["a JPEG file", Uint8Array.of(0xff, 0xd8, 0xff, 0xe0), "expected a PNG file, found a JPEG file"],
  ["a damaged signature", tinyPng().map((byte, i) => i === 4 ? 10 : byte), "text-mode transfer"],
  ["a signature alone", pngOf(), "found the end of the file at byte 8"],
  ["no IEND", pngOf(headerChunk(), dataChunk(PIXELS)), "up to IEND, found the end of the file"],
  ["a cut chunk", tinyPng().subarray(0, 50), "expected chunk IDAT to end at byte"],
  ["a wrong CRC", flipped(tinyPng(), 45), "in chunk IDAT at byte 33, found 0x"],
  ["a strange chunk type", pngOf(headerChunk(), chunk("a\0\0b")), "a chunk type of four letters at byte 37"],
  ["an unknown critical chunk", pngOf(headerChunk(), chunk("ABCD"), dataChunk(PIXELS), END), "chunk ABCD at byte 33"],
  ["IHDR not first", pngOf(chunk("tEXt"), headerChunk(), END), "expected IHDR as the first chunk, found tEXt"],
  ["two IHDR", pngOf(headerChunk(), headerChunk(), dataChunk(PIXELS), END), "expected one IHDR chunk"],
  ["a short IHDR", pngOf(chunk("IHDR", new Uint8Array(12)), END), "an IHDR chunk of 13 bytes, found 12 bytes"],
  ["no IDAT", pngOf(headerChunk(), END), "expected image data (an IDAT chunk), found none"],
  [
    "scattered IDAT",
    pngOf(headerChunk(), dataChunk(PIXELS), chunk("tEXt"), dataChunk(PIXELS), END),
    "chunk tEXt at byte",
  ],
  ["width 0", tinyPng({ width: 0 }), "expected 1 to 65535 pixels per side, found 0x4"],
  ["absurd dimensions", tinyPng({ width: 2 ** 32 - 1, height: 2 ** 31 }), "found 4294967295x2147483648"],
  ["too many pixels", tinyPng({ width: 65535, height: 65535 }), "expected at most 67108864 pixels, found 4294836225"],
  ["large dimensions, little data", tinyPng({ width: 8000, height: 8000 }), "192008000 bytes of inflated data"],
  ["a bad colour type", tinyPng({ colourType: 1 }), "found colour type 1 with 8 bits"],
  ["a bad bit depth", tinyPng({ bitDepth: 99 }), "found colour type 2 with 99 bits"],
  ["a bad compression method", tinyPng({ compression: 1 }), "expected PNG compression method 0, found 1"],
  ["a bad filter method", tinyPng({ filter: 7 }), "expected PNG filter method 0, found 7"],
  ["a bad interlace method", tinyPng({ interlace: 2 }), "expected PNG interlace method 0 or 1, found 2"],
  [
    "a palette picture without palette",
    tinyPng({ colourType: 3 }, 20),
    "expected a palette (a PLTE chunk), found none",
  ],
  ["an empty palette", paletted(0, new Uint8Array(16)), "found a PLTE chunk of 0 bytes"],
  [
    "an index beyond the palette",
    paletted(9, new Uint8Array(16).fill(3)),
    "expected palette entries 0 to 2, found entry 3",
  ],
  [
    "transparency for more colours than there are",
    paletted(9, new Uint8Array(16), chunk("tRNS", new Uint8Array(4))),
    "expected a tRNS chunk of at most 3 bytes, found 4 bytes",
  ],
  [
    "a transparent colour of the wrong size",
    pngOf(headerChunk(), chunk("tRNS", new Uint8Array(2)), dataChunk(PIXELS), END),
    "expected a tRNS chunk of 6 bytes, found 2 bytes",
  ],
  ["too much data", tinyPng({}, 53), "expected 52 bytes of inflated data for 4x4 pixels, found more"],
  ["too little data", tinyPng({}, 51), "expected 52 bytes of inflated data for 4x4 pixels, found 51"],
  ["a deflate bomb", tinyPng({}, 50_000_000), "expected 52 bytes of inflated data for 4x4 pixels, found more"],
  ["data that are no deflate stream", pngOf(headerChunk(), chunk("IDAT", BYTES("no deflate")), END), "damaged data"],
  [
    "a cut deflate stream",
    pngOf(headerChunk(), chunk("IDAT", deflateSync(PIXELS).subarray(0, 9)), END),
    "damaged data",
  ],
  ["a bad row filter", pngOf(headerChunk(), dataChunk(PIXELS.map(() => 9)), END), "damaged rows"],
];

for (const [what, file, message] of REFUSED) {
  Deno.test(`readPng() refuses ${what}`, () => {
    const error = assertThrows(() => readPng(file), PictureError, message);
    assertEquals(error.message.includes("\n"), false);
  });
}

Deno.test("readPng() reads interlaced files of every small size", () => {
  for (let width = 1; width <= 10; width++) {
    for (let height = 1; height <= 10; height++) {
      const picture = testPicture(width, height);
      const file = encodeWithFastPng({ ...picture, depth: 8 }, { interlace: "Adam7" });
      assertEquals(readPng(file), picture, `${width}x${height}`);
    }
  }
});

Deno.test("readPng() undoes every row filter", () => {
  const file = pngOf(
    headerChunk({ width: 2, height: 5 }),
    dataChunk(Uint8Array.from([0, 1, 2, 3, 4].flatMap((filter) => [filter, 1, 2, 3, 10, 20, 30]))),
    END,
  );
  // Rows: as is; left; above; mean of left and above, rounded down; Paeth, which takes the left or the one above.
  const expected = [
    [1, 2, 3, 10, 20, 30],
    [1, 2, 3, 11, 22, 33],
    [2, 4, 6, 21, 42, 63],
    [2, 4, 6, 21, 43, 64],
    [3, 6, 9, 31, 63, 94],
  ];
  assertEquals([...readPng(file).data], expected.flat());
});

Deno.test("readPng() ignores ancillary chunks, a suggested palette, and what follows IEND", () => {
  const brokenProfile = chunk("iCCP", BYTES("name\0\0 not deflate"));
  const file = pngOf(
    headerChunk(),
    brokenProfile,
    chunk("PLTE", new Uint8Array(6)),
    dataChunk(PIXELS),
    chunk("tEXt"),
    END,
  );
  const warnings: string[] = [];
  const { data, metadata } = readPng(join(file, BYTES("trailing")), (message) => warnings.push(message));
  assertEquals([data, metadata], [new Uint8Array(48), undefined]);
  assertEquals(warnings.length, 1);
  assertStringIncludes(warnings[0], "left out the damaged metadata in chunk iCCP");
});

Deno.test("readPng() joins image data cut into many chunks", () => {
  const data = deflateSync(PIXELS);
  const parts = [...data].map((byte) => chunk("IDAT", Uint8Array.of(byte)));
  assertEquals(readPng(pngOf(headerChunk(), ...parts, END)).width, 4);
});

Deno.test("readPng() takes any bytes to a picture or a PictureError", () => {
  const file = writePng(testPicture(5, 4));
  fc.assert(fc.property(fc.nat(file.length - 1), fc.nat(255), (offset, value) => {
    const damaged = file.slice();
    damaged[offset] = value;
    if (value !== file[offset]) assertThrows(() => readPng(damaged), PictureError);
  }));
  for (let length = 0; length < file.length; length++) {
    assertThrows(() => readPng(file.subarray(0, length)), PictureError);
  }
});
