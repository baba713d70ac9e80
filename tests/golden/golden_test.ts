import { assertEquals, assertThrows } from "@std/assert";
import { pixelChecksum } from "../../bitstream/checksum.ts";
import { BitstreamError } from "../../bitstream/errors.ts";
import { decode } from "../../codec/decode.ts";

const FOLDER = new URL("./", import.meta.url);
const CHECKSUMS: Record<string, string> = JSON.parse(Deno.readTextFileSync(new URL("checksums.json", FOLDER)));
const NAMES = [...Deno.readDirSync(FOLDER)].map(({ name }) => name).filter((name) => name.endsWith(".chic")).sort();

const read = (name: string) => Deno.readFileSync(new URL(`${name}.chic`, FOLDER));

for (const decoder of ["plain", "wasm"] as const) {
  Deno.test(`decode() gives the recorded pixels of every golden file (${decoder})`, () => {
    for (const [name, checksum] of Object.entries(CHECKSUMS)) {
      const { data } = decode(read(name), { decoder });
      assertEquals(pixelChecksum(data).toString(16).padStart(8, "0"), checksum, name);
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
