import { assertEquals, assertThrows } from "@std/assert";
import { BitstreamError } from "../../bitstream/errors.ts";
import { decode } from "../../codec/decode.ts";
import { pictureChecksum } from "../picture_checksum.ts";
import { GOLDEN_METADATA } from "./metadata.ts";

const FOLDER = new URL("./", import.meta.url);
const CHECKSUMS: Record<string, string> = JSON.parse(Deno.readTextFileSync(new URL("checksums.json", FOLDER)));
const NAMES = [...Deno.readDirSync(FOLDER)].map(({ name }) => name).filter((name) => name.endsWith(".chic")).sort();

const read = (name: string) => Deno.readFileSync(new URL(`${name}.chic`, FOLDER));

for (const decoder of ["plain", "wasm"] as const) {
  Deno.test(`decode() gives the recorded pixels of every golden file (${decoder})`, () => {
    for (const [name, checksum] of Object.entries(CHECKSUMS)) {
      assertEquals(pictureChecksum(decode(read(name), { decoder })), checksum, name);
    }
  });

  Deno.test(`decode() refuses every golden file whose name starts with x_ (${decoder})`, () => {
    const refused = NAMES.filter((name) => name.startsWith("x_"));
    for (const name of refused) {
      assertThrows(() => decode(read(name.replace(".chic", "")), { decoder }), BitstreamError);
    }
  });
}

Deno.test("checksums.json and the x_ files are all golden files", () => {
  const decoded = NAMES.filter((name) => !name.startsWith("x_")).map((name) => name.replace(".chic", ""));
  assertEquals(decoded, Object.keys(CHECKSUMS).sort());
});

Deno.test("decode() gives the metadata of the golden file that has some", () => {
  assertEquals(decode(read("metadata_6x5")).metadata, GOLDEN_METADATA);
});
