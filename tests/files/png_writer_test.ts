import { assert, assertEquals, assertThrows } from "@std/assert";
import { deflateSync } from "node:zlib";
import * as fc from "fast-check";
import { decode as decodeWithFastPng } from "fast-png";
import { readPng } from "../../files/png.ts";
import { readChunks } from "../../files/png_chunks.ts";
import { filterRows } from "../../files/png_filters.ts";
import { writePng } from "../../files/png_writer.ts";
import type { Image } from "../../mod.ts";
import { testPicture } from "./png_maker.ts";

/** Pictures of every small size, of noise or of a slope with a little noise, so that each filter is best somewhere. */
function pictures(channels: number, bitDepth: number): fc.Arbitrary<Image> {
  const sizes = fc.record({
    width: fc.integer({ min: 1, max: 30 }),
    height: fc.integer({ min: 1, max: 30 }),
    right: fc.integer({ min: -900, max: 900 }),
    down: fc.integer({ min: -900, max: 900 }),
    noise: fc.constantFrom(1, 20, 2 ** bitDepth),
  });
  return sizes.chain(({ width, height, right, down, noise }) => {
    const length = width * height * channels;
    return fc.array(fc.nat(noise - 1), { minLength: length, maxLength: length }).map((values) => {
      const data = bitDepth > 8 ? new Uint16Array(length) : new Uint8Array(length);
      values.forEach((value, i) => {
        const [x, y] = [Math.floor(i / channels) % width, Math.floor(i / channels / width)];
        data[i] = (value + x * right + y * down) & (2 ** bitDepth - 1);
      });
      return { width, height, channels, bitDepth, data };
    });
  });
}

Deno.test("writePng() writes what readPng() reads, for every size and content", () => {
  fc.assert(fc.property(pictures(3, 8), (picture) => assertEquals(readPng(writePng(picture)), picture)), {
    numRuns: 100,
  });
});

for (const [channels, bitDepth] of [[1, 8], [1, 16], [3, 16], [1, 10], [3, 9], [3, 15]]) {
  Deno.test(`writePng() writes ${channels} channels of ${bitDepth} bits, the full range on the full range`, () => {
    fc.assert(fc.property(pictures(channels, bitDepth), (picture) => {
      const { data, depth, ...read } = decodeWithFastPng(writePng(picture), { checkCrc: true });
      assertEquals([read.width, read.height, read.channels], [picture.width, picture.height, channels]);
      assertEquals(depth, bitDepth > 8 ? 16 : 8);
      assertEquals([...data].map((sample) => sample >> (depth - bitDepth)), [...picture.data]);
    }));
    const top = bitDepth > 8 ? Uint16Array.of(2 ** bitDepth - 1) : Uint8Array.of(255);
    const one = { width: 1, height: 1, channels: 1, bitDepth, data: top };
    assertEquals([...decodeWithFastPng(writePng(one)).data], [bitDepth > 8 ? 65535 : 255]);
  });
}

Deno.test("writePng() makes a smooth picture smaller than deflate alone does", () => {
  const picture = testPicture(200, 150);
  assert(writePng(picture).length < 0.8 * deflateSync(picture.data as Uint8Array, { level: 9 }).length);
});

Deno.test("filterRows() chooses the filter that leaves the least", () => {
  const rows = [[5, 5, 5, 5, 5], [5, 5, 5, 5, 5], [0, 0, 1, 0, 0], [1, 7, 250, 3, 9], [1, 7, 250, 3, 9]];
  const filtered = filterRows({ bytes: Uint8Array.from(rows.flat()), length: 5, pixel: 1 }, { first: 0, end: 5 });
  assertEquals(rows.map((_, y) => filtered[6 * y]), [1, 2, 0, 1, 2]);
});

Deno.test("writePng() refuses depths and channels that PNG lacks", () => {
  const picture = { width: 1, height: 1, channels: 3, bitDepth: 17, data: Uint16Array.of(1, 256, 65535) };
  assertThrows(() => writePng(picture), RangeError, "received 17");
  assertThrows(() => writePng({ ...picture, bitDepth: 16, channels: 2 }), RangeError, "expected 1 or 3 channels");
});

for (const [channels, bitDepth] of [[1, 8], [3, 8], [1, 16], [3, 16]]) {
  Deno.test(`writePng() writes alpha beside ${channels} channels of ${bitDepth} bits`, () => {
    fc.assert(fc.property(pictures(channels, bitDepth), (picture) => {
      const alpha = picture.data.slice(0, picture.width * picture.height);
      assertEquals(readPng(writePng({ ...picture, alpha })), { ...picture, alpha });
      const read = decodeWithFastPng(writePng({ ...picture, alpha }), { checkCrc: true });
      assertEquals([read.channels, read.depth], [channels + 1, bitDepth]);
    }));
  });
}

Deno.test("writePng() writes metadata into the chunks that are meant for them", () => {
  const bytes = (length: number) => Uint8Array.from({ length }, (_, i) => i * 7);
  const metadata = {
    ...{
      icc: bytes(300),
      cicp: Uint8Array.of(9, 16, 0, 1),
      srgb: Uint8Array.of(2),
      gamma: Uint8Array.of(0, 1, 134, 160),
    },
    ...{ chromaticities: bytes(32), exif: bytes(50), xmp: new TextEncoder().encode("<x:xmpmeta/>") },
  };
  const file = writePng({ ...testPicture(3, 2), metadata });
  assertEquals(readPng(file), { ...testPicture(3, 2), metadata });
  const types = [...new Set(readChunks(file).map(({ type }) => type))];
  assertEquals(types, ["IHDR", "iCCP", "cICP", "sRGB", "gAMA", "cHRM", "eXIf", "iTXt", "IDAT", "IEND"]);
  const { iccEmbeddedProfile } = decodeWithFastPng(file, { checkCrc: true });
  assertEquals(iccEmbeddedProfile?.profile, metadata.icc);
});

Deno.test("a gamma that only repeats sRGB is not kept but written again", () => {
  const [srgb, gamma] = [Uint8Array.of(1), Uint8Array.of(0, 0, 177, 143)];
  const picture = testPicture(3, 2);
  const file = writePng({ ...picture, metadata: { srgb, gamma } });
  assertEquals(readPng(file).metadata, { srgb });
  assertEquals(writePng({ ...picture, metadata: { srgb } }), file);
  assertEquals(readPng(writePng({ ...picture, metadata: { gamma } })).metadata, { gamma });
});
