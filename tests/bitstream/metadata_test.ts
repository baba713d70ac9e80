import { assert, assertEquals, assertThrows } from "@std/assert";
import { deflateRawSync } from "node:zlib";
import * as fc from "fast-check";
import { BitstreamError } from "../../bitstream/errors.ts";
import { inflate } from "../../bitstream/inflate.ts";
import { type Metadata, metadataExtensions, readMetadata } from "../../bitstream/metadata.ts";

const deflate = (data: Uint8Array) => new Uint8Array(deflateRawSync(data));
const bytesOf = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.array(fc.constantFrom(1, 2, 3), { maxLength: 3000 }).map((values) => Uint8Array.from(values)),
);

Deno.test("inflate() restores what zlib deflates, at every level and strategy", () => {
  const settings = fc.record({ level: fc.integer({ min: 0, max: 9 }), strategy: fc.integer({ min: 0, max: 4 }) });
  fc.assert(fc.property(bytesOf, settings, (data, options) => {
    assertEquals(inflate(new Uint8Array(deflateRawSync(data, options)), data.length, 0), data);
  }));
});

Deno.test("inflate() refuses any other length, and bytes behind the stream", () => {
  const data = Uint8Array.from({ length: 1000 }, (_, i) => i % 7);
  const deflated = deflate(data);
  for (const length of [0, 999, 1001, 100_000]) assertThrows(() => inflate(deflated, length, 0), BitstreamError);
  assertThrows(() => inflate(Uint8Array.of(...deflated, 0), 1000, 0), BitstreamError, "to end with the chunk");
});

Deno.test("inflate() of damaged data is some data or a BitstreamError", () => {
  const random = fc.uint8Array({ minLength: 1, maxLength: 100 });
  fc.assert(
    fc.property(random, fc.nat(500), (data, length) => {
      try {
        assertEquals(inflate(data, length, 0).length, length);
      } catch (error) {
        assert(error instanceof BitstreamError, `${error}`);
      }
    }),
    { numRuns: 3000 },
  );
  const sound = deflate(new TextEncoder().encode("a text with a text in a text".repeat(9)));
  for (let i = 0; i < sound.length; i++) {
    for (const flip of [1, 16, 255]) {
      try {
        inflate(sound.with(i, sound[i] ^ flip), 252, 0);
      } catch (error) {
        assert(error instanceof BitstreamError, `${error}`);
      }
    }
  }
});

Deno.test("readMetadata() restores every kind, in a smaller form where that is one", () => {
  const metadata: Metadata = {
    icc: new Uint8Array(3000).map((_, i) => i & 15),
    exif: Uint8Array.of(77, 77, 0, 42),
    xmp: new TextEncoder().encode("<x/>"),
    cicp: Uint8Array.of(1, 13, 0, 1),
    srgb: Uint8Array.of(0),
    gamma: Uint8Array.of(0, 0, 177, 143),
    chromaticities: new Uint8Array(32).fill(5),
  };
  const chunks = metadataExtensions(metadata, deflate);
  assertEquals(readMetadata(chunks), metadata);
  assert(chunks[0].data.length < 100);
  assertEquals(chunks.map(({ id }) => id), [16, 17, 18, 19, 20, 21, 22]);
  assertEquals(readMetadata([{ id: 1, data: Uint8Array.of(1, 2) }]), undefined);
  assertThrows(() => metadataExtensions({ cicp: Uint8Array.of(1) }, deflate), RangeError, "cicp: expected 4 bytes");
});

Deno.test("readMetadata() refuses content that breaks its format", () => {
  const chunk = (id: number, ...data: number[]) => ({ id, data: Uint8Array.from(data), byteOffset: 40 });
  const cases: [chunks: { id: number; data: Uint8Array }[], message: string][] = [
    [[chunk(19, 1, 2, 3)], "extension 19: expected 4 bytes of cicp, received 3 (at byte 40)"],
    [[chunk(20, 1), chunk(20, 1)], "extension 20: expected one extension 20, received another one"],
    [[chunk(16)], "Cannot read metadata method: expected more bytes, received the end (at byte 40)"],
    [[chunk(16, 2, 0)], "expected method 0 or 1 in metadata, received 2"],
    [[chunk(17, 1, 0xff, 0xff, 0xff, 7, 3)], "expected at most 1032 bytes, received 16777215"],
    [
      [chunk(18, 1, 3, 7)],
      "Cannot inflate metadata: expected a block of kind 0, 1 or 2, received other data (at byte 42)",
    ],
  ];
  for (const [chunks, message] of cases) assertThrows(() => readMetadata(chunks), BitstreamError, message);
});
