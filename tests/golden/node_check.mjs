/**
 * Decodes the golden files with the bundled decoder in Node, as a stand-in for any engine without Deno.
 *
 *     node tests/golden/node_check.mjs BUNDLE.js
 */

import { readdirSync, readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { crc32 } from "node:zlib";

const { decode, BitstreamError } = await import(pathToFileURL(process.argv[2]));
const folder = new URL("./", import.meta.url);
const checksums = JSON.parse(readFileSync(new URL("checksums.json", folder), "utf8"));

function outcome(name, decoder) {
  try {
    const { data, alpha } = decode(readFileSync(new URL(`${name}.chic`, folder)), { decoder });
    return (alpha ? [data, alpha] : [data]).map(checksum).join(" ");
  } catch (error) {
    if (error instanceof BitstreamError) return "refused";
    throw error;
  }
}

function checksum(samples) {
  // Deep samples are summed with the high byte first.
  const bytes = samples.BYTES_PER_ELEMENT === 1 ? samples : Buffer.from(samples.buffer).swap16();
  return crc32(bytes).toString(16).padStart(8, "0");
}

const names = readdirSync(folder).filter((name) => name.endsWith(".chic")).map((name) => name.replace(".chic", ""));
let checked = 0;
for (const decoder of ["plain", "wasm"]) {
  for (const name of names) {
    const expected = checksums[name] ?? "refused";
    const received = outcome(name, decoder);
    if (received !== expected) throw new Error(`${name} (${decoder}): expected ${expected}, received ${received}`);
    checked++;
  }
}
// deno-lint-ignore no-console
console.log(`${checked} golden decodes agree in Node ${process.version}`);
