import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { PRESETS } from "../../bitstream/architecture.ts";
import type { LearnedDefaults } from "../../bitstream/defaults.ts";
import { BitstreamError, LimitError } from "../../bitstream/errors.ts";
import { readHeader } from "../../bitstream/header.ts";
import { DEFAULT_LIMITS } from "../../bitstream/limits.ts";
import { readModel } from "../../bitstream/read.ts";
import { fileChecksum, writeModel } from "../../bitstream/write.ts";
import type { QuantisedModel } from "../../bitstream/quantised_model.ts";
import { RangeEncoder } from "../../bitstream/range_coder.ts";
import { encodeFixedPoint } from "../../bitstream/fixed_point_fields.ts";
import { repair } from "../fuzz/mutate.ts";
import { randomModel } from "../random_model.ts";

Deno.test("readModel() restores any model, and the sections add up", () => {
  fc.assert(
    fc.property(fc.integer(), fc.boolean(), fc.option(fc.integer({ min: 0, max: 32 })), (seed, extreme, position) => {
      const parts = { synthesisDefaults: seed % 2 === 0, learnedFields: seed % 3 === 1 };
      const defaults = position === null ? {} : { defaults: position, ...parts };
      const model = randomModel({ seed, extreme, ...defaults, restoration: seed % 3 === 0 });
      const written = writeModel(model, 0xdeadbeef);
      const read = readModel(written.bytes);
      assertEquals(read.model, model);
      assertEquals(read.pixelChecksum, 0xdeadbeef);
      const { header, parameters, latents } = written.sections;
      assertEquals(header + parameters + latents, written.bytes.length);
      assertEquals(read.sections, written.sections);
    }),
    { numRuns: 150 },
  );
});

Deno.test("readModel() restores 1x1 images and all numbers of streams", () => {
  for (let streams = 1; streams <= 8; streams++) {
    const model = randomModel({ seed: streams, width: 1, height: streams === 1 ? 1 : 37, streams });
    assertEquals(readModel(writeModel(model, 1).bytes).model, model);
  }
});

Deno.test("writeModel() makes a header of 15 bytes for a photograph", () => {
  const architecture = { ...PRESETS.lop, contexts: 6 };
  const model = randomModel({ seed: 1, width: 140, height: 130, topLevel: 6, streams: 1, architecture });
  assertEquals(writeModel(model, 0).sections.header, 15);
});

Deno.test("writeModel() keeps extension chunks, and readModel() refuses unknown critical ones", () => {
  const model = randomModel({ seed: 5 });
  const extensions = [{ id: 3, data: Uint8Array.of(1, 2, 3) }, { id: 100, data: new Uint8Array(300) }];
  const { bytes } = writeModel(model, 7, { extensions });
  assertEquals(readModel(bytes).header.extensions.map(({ id, data }) => ({ id, data })), extensions);
  const critical = writeModel(model, 7, { extensions: [{ id: 130, data: new Uint8Array(0) }] }).bytes;
  assertThrows(() => readModel(critical), BitstreamError, "unknown extension 130");
});

Deno.test("writeModel() refuses values that a file cannot hold", () => {
  const model = randomModel({ seed: 6, topLevel: 2 });
  const refuse = (change: object, part: string) =>
    assertThrows(() => writeModel({ ...model, ...change }, 0), RangeError, part);
  refuse({ streams: 9 }, "streams");
  refuse({ bitDepth: 17 }, "bitDepth");
  refuse({ defaults: { position: 33, synthesis: false, fields: false } }, "defaults at 0..32");
  refuse({ defaults: { position: 0.5, synthesis: false, fields: true } }, "defaults at 0..32");
  refuse({ parameters: model.parameters.map(() => 40000) }, "parameters");
  refuse({ stepBits: model.stepBits.map(() => 13) }, "stepBits");
  refuse({ grids: model.grids.slice(1) }, "latents");
  refuse({ shape: { ...model.shape, width: 0 } }, "latents");
  refuse({ fixedPoint: { planeBits: 3, layerBits: model.fixedPoint.layerBits } }, "fixed point");
});

Deno.test("writeModel() and readHeader() refuse learned defaults for a decoder that has none", () => {
  const model = randomModel({ seed: 8, architecture: { ...PRESETS.lop, hyperPlanes: 1 } });
  for (const fields of [false, true]) {
    const defaults = { position: 1, synthesis: false, fields };
    assertThrows(() => writeModel({ ...model, defaults }, 0), RangeError, "defaults");
  }
  const { bytes } = writeModel(model, 0);
  for (const field of [1, 2, 3]) {
    assertThrows(() => readHeader(bytes.with(4, bytes[4] | field)), BitstreamError, "no learned defaults");
  }
});

Deno.test("writeModel() and readHeader() refuse defaults of the synthesis for other than three channels", () => {
  const model = randomModel({ seed: 8, architecture: PRESETS.lop, channels: 4, defaults: 5 });
  for (const fields of [false, true]) {
    const defaults = { position: 5, synthesis: true, fields };
    assertThrows(() => writeModel({ ...model, defaults }, 0), RangeError, "no learned defaults for 4 channels");
  }
  const { bytes } = writeModel(model, 0);
  assertThrows(
    () => readHeader(bytes.with(4, (bytes[4] & ~3) | 2)),
    BitstreamError,
    "no learned defaults for 4 channels",
  );
});

Deno.test("readModel() refuses a position beyond the rows of the defaults", () => {
  const model = randomModel({ seed: 8, architecture: PRESETS.lop, streams: 1, defaults: 32 });
  const defaults = { position: 33, synthesis: false, fields: false };
  assertThrows(() => readModel(withParameters(model, defaults)), BitstreamError, "expected 0..32, received 33");
});

Deno.test("readModel() refuses a synthesis with defaults in parameters of a decoder that has none", () => {
  const change = { architecture: PRESETS.hop, channels: 3 };
  const model = randomModel({ seed: 8, streams: 1, defaults: 9, learnedFields: true, ...change });
  const defaults = { position: 9, synthesis: true, fields: true };
  assertThrows(() => readModel(withParameters(model, defaults)), BitstreamError, "of hop has no learned defaults");
});

/** The file of a model, with parameters that say something else about their defaults. */
function withParameters(model: QuantisedModel, defaults: LearnedDefaults): Uint8Array {
  const { bytes, sections } = writeModel(model, 0);
  const parameters = new RangeEncoder();
  encodeFixedPoint(parameters, model.fixedPoint, defaults.fields);
  parameters.encodeBits(defaults.position, 6);
  if (defaults.fields) parameters.encodeBits(Number(defaults.synthesis), 1);
  return repair(Uint8Array.of(...bytes.slice(0, sections.header), ...parameters.finish(), ...new Uint8Array(60)));
}

Deno.test("readHeader() refuses other files, versions and features by name", () => {
  const { bytes } = writeModel(randomModel({ seed: 8, architecture: PRESETS.lop }), 0);
  const refuse = (index: number, value: number, part: string) => {
    const changed = bytes.slice();
    changed[index] = value;
    assertThrows(() => readHeader(changed), BitstreamError, part);
  };
  refuse(0, 0x89, "expected magic 0xc41c, received 0x891c");
  refuse(2, 0x20, "expected version 1, received version 2");
  refuse(2, 0x14, "architecture 0..3 or 15, received 4");
  assertThrows(() => readHeader(bytes.slice(0, 9)), BitstreamError, "received the end");
  assertThrows(() => readHeader(new Uint8Array(0)), BitstreamError);
});

Deno.test("readModel() refuses a changed byte and a cut file with an error of its own", () => {
  const { bytes } = writeModel(randomModel({ seed: 9, width: 9, height: 7 }), 0);
  for (let i = 0; i < bytes.length; i++) {
    const changed = bytes.slice();
    changed[i] ^= 0x10;
    const error = assertThrows(() => readModel(changed, { ...DEFAULT_LIMITS, maxPixels: 1e6 }));
    assert(error instanceof BitstreamError || error instanceof LimitError, `byte ${i}: ${error}`);
    assertThrows(() => readModel(bytes.slice(0, i)), BitstreamError);
  }
});

Deno.test("readModel() refuses a small file that claims a large image, before it works on it", () => {
  const { bytes } = writeModel(randomModel({ seed: 10, architecture: PRESETS.hop, width: 200, height: 200 }), 0);
  const huge = Uint8Array.of(...bytes.slice(0, 5), 0xfe, 0xff, 3, 0xfe, 0xff, 3, ...bytes.slice(9));
  assertThrows(() => readModel(huge), LimitError, "4294836225");
  const large = Uint8Array.of(...bytes.slice(0, 5), 0xd0, 0x07, 0xd0, 0x07, ...bytes.slice(9));
  const checksum = fileChecksum(large, 9);
  large.set([checksum >> 8, checksum], 9);
  assertThrows(() => readModel(large), BitstreamError);
});
