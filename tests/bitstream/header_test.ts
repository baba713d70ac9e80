import { assertEquals, assertStringIncludes } from "@std/assert";
import { describeHeader, readHeader } from "../../bitstream/header.ts";
import {
  ARCHITECTURE_FIELDS,
  ARM_LAYER_FIELDS,
  CHECKSUM_FIELDS,
  FIXED_FIELDS,
  type HeaderField,
  SYNTHESIS_LAYER_FIELDS,
} from "../../bitstream/header_fields.ts";
import { writeModel } from "../../bitstream/write.ts";
import { randomModel } from "../random_model.ts";

Deno.test("describeHeader() has a line for every field, with its value", () => {
  const { bytes } = writeModel(randomModel({ seed: 3, width: 300, height: 2, topLevel: 1, bitDepth: 10 }), 123456);
  const text = describeHeader(readHeader(bytes));
  assertStringIncludes(text, "300");
  assertStringIncludes(text, "pixelChecksum            123456  CRC-32 of the decoded samples");
  for (const { name } of FIXED_FIELDS) assertStringIncludes(text, name);
});

Deno.test("FORMAT.md has a row for every header field, with its size", () => {
  const format = Deno.readTextFileSync(new URL("../../bitstream/FORMAT.md", import.meta.url)).replace(/ +/g, " ");
  const tables: HeaderField[] = [
    ...FIXED_FIELDS,
    ...CHECKSUM_FIELDS,
    ...ARCHITECTURE_FIELDS,
    ...ARM_LAYER_FIELDS,
    ...SYNTHESIS_LAYER_FIELDS,
  ];
  for (const { name, bits, min, max } of tables) {
    const range = min === 0 && max > 0xffff ? "0..2^32-1" : `${min}..${max}`;
    assertStringIncludes(format, `| ${name} | ${bits} | ${range} |`);
  }
});

Deno.test("readHeader() restores channels, bit depths and sizes at their ends", () => {
  for (const [width, height, channels, bitDepth] of [[1, 1, 1, 8], [127, 128, 3, 9], [16384, 1, 1, 16]]) {
    const model = randomModel({ seed: width, width, height, channels, bitDepth, topLevel: 0 });
    const { header } = readHeader(writeModel(model, 0).bytes);
    assertEquals([header.shape, header.bitDepth], [model.shape, model.bitDepth]);
  }
});
