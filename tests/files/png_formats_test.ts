import { assertEquals } from "@std/assert";
import { deflateSync } from "node:zlib";
import * as fc from "fast-check";
import { readPng } from "../../files/png.ts";
import { chunk, dataChunk, headerChunk, pngOf } from "./png_maker.ts";

const END = chunk("IEND");
/** Samples per pixel and depths of every colour type. */
const FORMATS: readonly (readonly [colourType: number, stored: number, depths: readonly number[]])[] = [
  [0, 1, [1, 2, 4, 8, 16]],
  [2, 3, [8, 16]],
  [3, 1, [1, 2, 4, 8]],
  [4, 2, [8, 16]],
  [6, 4, [8, 16]],
];
/** Adam7 as the specification draws it: the pass of each pixel of an 8x8 square. */
const PATTERN = ["16462646", "77777777", "56565656", "77777777", "36463646", "77777777", "56565656", "77777777"];

interface Stored {
  readonly width: number;
  readonly height: number;
  readonly stored: number;
  readonly bitDepth: number;
  /** `[height, width, stored]`. */
  readonly samples: readonly number[];
}

/** Unfiltered rows of a picture as a PNG file holds them, bit by bit. */
function rowsOf({ width, height, stored, bitDepth, samples }: Stored, interlaced: boolean): Uint8Array {
  const bytes: number[] = [];
  for (const pass of interlaced ? "1234567" : "0") {
    for (let y = 0; y < height; y++) {
      const columns = Array.from({ length: width }, (_, x) => x)
        .filter((x) => !interlaced || PATTERN[y % 8][x % 8] === pass);
      if (columns.length === 0) continue;
      const row = columns.flatMap((x) => samples.slice((y * width + x) * stored, (y * width + x + 1) * stored));
      const bits = row.map((sample) => sample.toString(2).padStart(bitDepth, "0")).join("");
      bytes.push(0, ...(bits.match(/.{1,8}/g) ?? []).map((byte) => parseInt(byte.padEnd(8, "0"), 2)));
    }
  }
  return Uint8Array.from(bytes);
}

function pictures(stored: number, bitDepth: number): fc.Arbitrary<Stored> {
  const side = fc.integer({ min: 1, max: 20 });
  return fc.tuple(side, side).chain(([width, height]) => {
    const length = width * height * stored;
    return fc.array(fc.nat(2 ** bitDepth - 1), { minLength: length, maxLength: length })
      .map((samples) => ({ width, height, stored, bitDepth, samples }));
  });
}

/** Colours of a palette's entries; the first three are transparent in part. */
const PALETTE = Uint8Array.from({ length: 3 * 256 }, (_, i) => (i * 37) & 255);
const TRANSPARENCY = [0, 100, 200];

/** What a picture must be read as, sample by sample. */
function expected({ stored, bitDepth, samples }: Stored, colourType: number) {
  if (colourType === 3) {
    return {
      data: samples.flatMap((index) => [...PALETTE.subarray(3 * index, 3 * index + 3)]),
      alpha: samples.map((index) => TRANSPARENCY[index] ?? 255),
    };
  }
  const scale = bitDepth < 8 ? 255 / (2 ** bitDepth - 1) : 1;
  const hasAlpha = colourType >= 4;
  const isAlpha = (i: number) => hasAlpha && i % stored === stored - 1;
  return {
    data: samples.filter((_, i) => !isAlpha(i)).map((sample) => sample * scale),
    ...hasAlpha && { alpha: samples.filter((_, i) => isAlpha(i)) },
  };
}

for (const [colourType, stored, depths] of FORMATS) {
  for (const bitDepth of depths) {
    Deno.test(`readPng() reads colour type ${colourType} with ${bitDepth} bits, interlaced and not`, () => {
      fc.assert(fc.property(pictures(stored, bitDepth), fc.boolean(), (picture, interlaced) => {
        const { width, height } = picture;
        const header = headerChunk({ width, height, bitDepth, colourType, interlace: Number(interlaced) });
        const palette = chunk("PLTE", PALETTE.subarray(0, 3 << bitDepth));
        const transparency = chunk("tRNS", Uint8Array.from(TRANSPARENCY.slice(0, 1 << bitDepth)));
        const colours = colourType === 3 ? [palette, transparency] : [];
        const image = readPng(pngOf(header, ...colours, dataChunk(rowsOf(picture, interlaced)), END));
        const channels = colourType === 0 || colourType === 4 ? 1 : 3;
        assertEquals([image.width, image.height, image.channels], [width, height, channels]);
        assertEquals(image.bitDepth, bitDepth === 16 ? 16 : 8);
        const { data, alpha } = expected(picture, colourType);
        assertEquals([[...image.data], image.alpha && [...image.alpha]], [data, alpha]);
      }));
    });
  }
}

Deno.test("readPng() makes one colour transparent, and looks at no more bits of it than samples have", () => {
  const gray = pngOf(
    headerChunk({ width: 4, height: 1, bitDepth: 2, colourType: 0 }),
    chunk("tRNS", Uint8Array.of(0xff, 0xfe)),
    dataChunk(Uint8Array.of(0, 0b00011011)),
    END,
  );
  assertEquals([...readPng(gray).alpha!], [255, 255, 0, 255]);
  const deep = pngOf(
    headerChunk({ width: 2, height: 1, bitDepth: 16, colourType: 2 }),
    chunk("tRNS", Uint8Array.of(1, 2, 3, 4, 5, 6)),
    dataChunk(Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 7)),
    END,
  );
  assertEquals([...readPng(deep).alpha!], [0, 65535]);
});

const XMP = new TextEncoder().encode("<x:xmpmeta>\u00e9</x:xmpmeta>");

function texts(...parts: (string | Uint8Array)[]): Uint8Array {
  return Uint8Array.from(
    parts.flatMap((part) => [...typeof part === "string" ? new TextEncoder().encode(part) : part]),
  );
}

Deno.test("readPng() reads XMP, plain or compressed, and no other text", () => {
  const keyword = "XML:com.adobe.xmp\0";
  const chunks: [content: Uint8Array, found: Uint8Array | undefined][] = [
    [texts(keyword, "\0\0en\0keyword\0", XMP), XMP],
    [texts(keyword, "\x01\0\0\0", deflateSync(XMP)), XMP],
    [texts("Comment\0\0\0\0\0", XMP), undefined],
  ];
  for (const [content, found] of chunks) {
    const file = pngOf(headerChunk({ width: 1, height: 1 }), chunk("iTXt", content), dataChunk(new Uint8Array(4)), END);
    assertEquals(readPng(file).metadata?.xmp, found);
  }
});

Deno.test("readPng() leaves out metadata that would inflate to more than 16 MiB, and says so", () => {
  const bomb = texts("name\0\0", deflateSync(new Uint8Array(20_000_000)));
  const file = pngOf(headerChunk({ width: 1, height: 1 }), chunk("iCCP", bomb), dataChunk(new Uint8Array(4)), END);
  const warnings: string[] = [];
  assertEquals(readPng(file, (message) => warnings.push(message)).metadata, undefined);
  assertEquals(warnings.length, 1);
});
