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
  hyperPlanes: 1,
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
  assertEquals(checksum.toString(16), "272cb77a");
  const expected = [
    "c41c1f40800402082290e4870440401a21272cb77a4064da5fa6c2831f34ef98b843dd3e9bf11662aa1ecb22a92db47a",
    "047c6299355cd25d48bb630c82e20f93b5fdfce9d3c075721fd39cf9d17b80b36249d7635271ec34a6e3059c43312cb1",
    "f90ca83f35aeae41b4848ab1d970ff1c8e6e95dc6f9420d487a513e16403b55119899fae87d8213d9a1d",
  ].join("");
  assertEquals(hex(writeModel(model, checksum).bytes), expected);
});
