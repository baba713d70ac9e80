import { assert, assertEquals, assertThrows } from "@std/assert";
import { pixelChecksum } from "../../bitstream/checksum.ts";
import { BitstreamError } from "../../bitstream/errors.ts";
import type { Extension } from "../../bitstream/header.ts";
import { readPartialModel } from "../../bitstream/read.ts";
import { writeModel } from "../../bitstream/write.ts";
import { decode, decodePartial } from "../../codec/decode.ts";
import { decodeLatentsFast } from "../../codec/fast_decode/fast_latents.ts";
import { reconstruct } from "../../codec/reconstruct.ts";
import { randomModel } from "../random_model.ts";
import { SMALL_DECODER } from "../small_decoder.ts";

function exampleFile(streams: number) {
  const size = { width: 40, height: 30, topLevel: 4, channels: 3, bitDepth: 8 };
  const model = randomModel({ seed: 21, ...size, streams, architecture: SMALL_DECODER });
  const { bytes, sections } = writeModel(model, pixelChecksum(reconstruct(model).data));
  return { model, bytes, parametersEnd: sections.header + sections.parameters };
}

Deno.test("decodePartial() of a whole file is its image", () => {
  const { bytes } = exampleFile(2);
  assertEquals(decodePartial(bytes), { image: decode(bytes), complete: true, finestLevel: 0 });
});

Deno.test("readPartialModel() keeps the rows before the cut and clears the others, whichever decoder reads them", () => {
  for (const streams of [1, 3]) {
    const { model, bytes, parametersEnd } = exampleFile(streams);
    let previous = 0;
    for (let length = parametersEnd + 8; length < bytes.length - 4; length += 37) {
      const { model: read, cut } = readPartialModel(bytes.slice(0, length));
      assert(cut, "a cut file is never taken for a whole one");
      const expected = model.grids.flatMap((grid, g) => {
        const width = [3, 3, 5, 5, 10, 10, 20, 40][g];
        return [...grid].map((value, i) => g < cut.grid || (g === cut.grid && i < cut.row * width) ? value : 0);
      });
      assertEquals(read.grids.flatMap((grid) => [...grid]), expected);
      if (streams === 1) assert(1000 * cut.grid + cut.row >= previous);
      previous = 1000 * cut.grid + cut.row;
      assertEquals(readPartialModel(bytes.slice(0, length), undefined, decodeLatentsFast), {
        ...readPartialModel(bytes.slice(0, length)),
      });
    }
    assert(previous > 7000, "the last cut is in the finest grid");
  }
});

Deno.test("decodePartial() says how far it came, and refuses a file without its parameters", () => {
  const { bytes, parametersEnd } = exampleFile(1);
  const half = decodePartial(bytes.slice(0, Math.floor(bytes.length / 2)));
  assertEquals([half.complete, half.finestLevel], [false, 1]);
  const almost = decodePartial(bytes.slice(0, bytes.length - 1));
  assertEquals([almost.complete, almost.finestLevel], [false, 1]);
  assertThrows(() => decodePartial(bytes.slice(0, parametersEnd - 20)), BitstreamError);
  assertThrows(() => decodePartial(bytes.slice(0, 8)), BitstreamError);
});

Deno.test("decodePartial() shows nothing that the bytes of a cut file do not hold, even where zeros are cheap latents", () => {
  const size = { width: 32, height: 20, topLevel: 3, channels: 3, bitDepth: 8 };
  const random = randomModel({ seed: 5, ...size, streams: 1, architecture: SMALL_DECODER });
  // All of the finest grid but its first row is 0, and costs next to nothing.
  const model = { ...random, grids: random.grids.with(-1, random.grids.at(-1)!.map((v, i) => i < 32 ? v : 0)) };
  const { bytes, sections } = writeModel(model, pixelChecksum(reconstruct(model).data));
  for (const decoder of ["wasm", "plain"] as const) {
    for (let length = sections.header + sections.parameters; length < bytes.length; length += 5) {
      const { complete, finestLevel } = decodePartial(bytes.slice(0, length), { decoder });
      assertEquals([complete, finestLevel === 0], [false, false]);
    }
  }
});

Deno.test("decodePartial() of a damaged file is not complete", () => {
  const { bytes } = exampleFile(1);
  assertEquals(decodePartial(bytes.with(bytes.length - 3, bytes[bytes.length - 3] ^ 1)).complete, false);
});

Deno.test("decodePartial() takes the first of two chunks of a kind, and any number of unknown ones", () => {
  const { model } = exampleFile(1);
  const unknown = Array.from({ length: 50 }, () => ({ id: 1, data: new Uint8Array(1) }));
  const srgb = (value: number) => ({ id: 20, data: Uint8Array.of(value) });
  const partial = (extensions: Extension[]) =>
    decodePartial(writeModel(model, pixelChecksum(reconstruct(model).data), { extensions }).bytes);
  const once = partial([...unknown, srgb(2)]);
  const twice = partial([srgb(2), ...unknown, srgb(1)]);
  assertEquals([once.complete, twice.complete], [true, false]);
  assertEquals([once.image.metadata, twice.image.metadata], [once.image.metadata, once.image.metadata]);
  assertEquals(Object.values(once.image.metadata!), [Uint8Array.of(2)]);
});
