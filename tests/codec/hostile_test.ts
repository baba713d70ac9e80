import { assert, assertThrows } from "@std/assert";
import { BitstreamError, LimitError } from "../../bitstream/errors.ts";
import { type Architecture, PRESETS } from "../../bitstream/architecture.ts";
import { writeHeader } from "../../bitstream/header.ts";
import { writeModel } from "../../bitstream/write.ts";
import { decode } from "../../codec/decode.ts";
import { repair } from "../fuzz/mutate.ts";
import { randomInteger, randomSource } from "../random.ts";
import { randomModel } from "../random_model.ts";

const LIMITS = { maxPixels: 2000, maxBytes: 1e7, maxMultiplications: 1e10 };

/** Decodes anything; only the two errors of a bad file may come of it. */
function survives(bytes: Uint8Array): void {
  try {
    decode(bytes, { limits: LIMITS });
  } catch (error) {
    assert(error instanceof BitstreamError || error instanceof LimitError, `${(error as Error).stack}`);
  }
}

Deno.test("decode() ends in an image or a named error for damaged files with a right checksum", () => {
  for (let seed = 0; seed < 300; seed++) {
    const random = randomSource(seed);
    const size = { width: randomInteger(random, 1, 16), height: randomInteger(random, 1, 16) };
    const defaults = { defaults: seed % 33, synthesisDefaults: seed % 2 === 0, learnedFields: seed % 5 < 3 };
    const { bytes } = writeModel(randomModel({ seed, ...size, extreme: seed % 3 === 0, ...defaults }), 0);
    for (let i = 0; i < 3; i++) {
      const damaged = bytes.slice();
      for (let k = randomInteger(random, 1, 4); k > 0; k--) {
        damaged[randomInteger(random, i === 0 ? 2 : 15, bytes.length - 1)] = randomInteger(random, 0, 255);
      }
      survives(repair(damaged));
    }
    survives(repair(bytes.slice(0, randomInteger(random, 0, bytes.length))));
  }
});

Deno.test("decode() ends in a named error for random bytes behind a valid start", () => {
  for (let seed = 0; seed < 2000; seed++) {
    const random = randomSource(seed);
    const bytes = Uint8Array.from({ length: randomInteger(random, 0, 60) }, () => randomInteger(random, 0, 255));
    if (seed % 2 === 1) bytes.set([0xc4, 0x1c, 0x10 | (seed % 16), 0x40, 0].slice(0, bytes.length));
    survives(repair(bytes));
  }
});

Deno.test("decode() refuses streams that end early", () => {
  const { bytes } = writeModel(randomModel({ seed: 12, width: 20, height: 20 }), 0);
  assertThrows(() => decode(repair(bytes.slice(0, bytes.length - 10))), BitstreamError);
});

Deno.test("decode() refuses a small file that asks for more work than the limit, before it does any", () => {
  const wide = { outputs: 127, kernel: 3, residual: false, relu: true } as const;
  const architecture: Architecture = {
    ...PRESETS.lop,
    features: 0,
    armLayers: [],
    synthesis: [...Array<typeof wide>(6).fill(wide), { ...wide, outputs: 0, relu: false }],
  };
  const shape = { width: 8191, height: 8191, channels: 1, topLevel: 0 };
  const empty = { defaults: "none" as const, fileChecksum: 0, pixelChecksum: 0, extensions: [], streamLengths: [0] };
  const { bytes } = writeHeader({ shape, bitDepth: 8, architecture, ...empty });
  const file = repair(Uint8Array.of(...bytes, ...new Uint8Array(200)));
  for (const decoder of ["wasm", "plain"] as const) {
    assertThrows(() => decode(file, { decoder }), LimitError, "multiplications");
  }
});

Deno.test("decode() gives a LimitError where raised limits meet those of the machine", () => {
  const model = randomModel({ seed: 3, width: 9, height: 8, channels: 3, bitDepth: 8, architecture: PRESETS.vhop });
  const { bytes } = writeModel(model, 0);
  const varint = [0xfe, 0xff, 3];
  const huge = repair(Uint8Array.of(...bytes.slice(0, 5), ...varint, ...varint, ...bytes.slice(7)));
  const limits = { maxPixels: 2 ** 40, maxBytes: 2 ** 50, maxMultiplications: 2 ** 60 };
  assertThrows(() => decode(huge, { limits, decoder: "wasm" }), LimitError, "bytes of memory");
});
