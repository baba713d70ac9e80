import { assertEquals, assertThrows } from "@std/assert";
import type { Architecture } from "../../bitstream/architecture.ts";
import { pixelChecksum } from "../../bitstream/checksum.ts";
import { BitstreamError } from "../../bitstream/errors.ts";
import { writeModel } from "../../bitstream/write.ts";
import { decode } from "../../codec/decode.ts";
import { withExtras } from "../../codec/extras.ts";
import { reconstruct } from "../../codec/reconstruct.ts";
import { randomModel } from "../random_model.ts";

const TINY: Architecture = {
  contexts: 3,
  features: 1,
  ifceLevels: 1,
  ifceReach: 1,
  armLayers: [{ outputs: 4, residual: true }],
  armStabiliser: true,
  hyperFirstLevel: 2,
  synthesis: [
    { outputs: 2, kernel: 1, residual: false, relu: true },
    { outputs: 0, kernel: 3, residual: false, relu: false },
  ],
  synthesisStabiliser: true,
};
const hex = (bytes: Uint8Array) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");

Deno.test("decode() gives what reconstruct() makes of the model that was written", () => {
  for (let seed = 0; seed < 40; seed++) {
    const model = randomModel({ seed, extreme: seed % 4 === 3 });
    const image = reconstruct(model);
    const { bytes } = writeModel(model, pixelChecksum(image.data));
    assertEquals(decode(bytes), withExtras(image, { extensions: [] }));
  }
});

Deno.test("decode() refuses a picture that is not the encoder's", () => {
  const model = randomModel({ seed: 1 });
  const checksum = pixelChecksum(reconstruct(model).data);
  assertThrows(() => decode(writeModel(model, (checksum ^ 1) >>> 0).bytes), BitstreamError, "pixel checksum");
});

Deno.test("writeModel() and reconstruct() are pinned by the bytes and pixels of a small model", () => {
  const size = { width: 5, height: 3, topLevel: 2, channels: 3, bitDepth: 8, streams: 1 };
  const model = randomModel({ seed: 77, ...size, architecture: TINY });
  const checksum = pixelChecksum(reconstruct(model).data);
  assertEquals(checksum.toString(16), "18590aab");
  const expected = [
    "c41c1f40800402082296487044042cef18590aab4064da5fa6c2831f34ef98b843dd3e9bf11662aa1ecb22a92db47a04",
    "7c6299355cd25d48bb630c82e20f93b5fd68fc8d7a94ab55912c133d4058ac1ec06c30fea40735b8ebf608f9151029ce",
    "f488664d0b6717d913f8",
  ].join("");
  assertEquals(hex(writeModel(model, checksum).bytes), expected);
});
