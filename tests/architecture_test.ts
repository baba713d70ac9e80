/** Who may import whom: the table in CONTRIBUTING.md, checked. */

import { assert, assertEquals } from "@std/assert";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../", import.meta.url));

/** For each folder, what its files may import besides files of that folder. */
const ALLOWED: Readonly<Record<string, RegExp>> = {
  bitstream: /^$/,
  kernels: /^$/,
  codec: /^(bitstream|kernels)\/|^fflate$/,
  files: /^mod\.ts$|^node:(path|zlib)$|^@jsquash\/jpeg\//,
  library: /^(codec|files)\//,
  cli: /^(mod\.ts|deno\.json)$|^files\/|^node:(buffer|path)$|^@commander-js\//,
};

const IMPORT = /(?:^|\n)\s*(?:import|export)\b[^"';]*?from\s+"([^"]+)"|\bimport\("([^"]+)"\)/g;

function sourceFiles(folder: string): string[] {
  return [...Deno.readDirSync(join(ROOT, folder))].flatMap(({ name, isDirectory }) => {
    const path = `${folder}/${name}`;
    if (isDirectory) return sourceFiles(path);
    return name.endsWith(".ts") ? [path] : [];
  });
}

/** What a file imports: files as paths from the root, anything else as written. */
function importsOf(path: string): string[] {
  const source = Deno.readTextFileSync(join(ROOT, path));
  return [...source.matchAll(IMPORT)].map((match) => {
    const name = match[1] ?? match[2];
    return name.startsWith(".") ? relative(ROOT, join(ROOT, dirname(path), name)).replaceAll("\\", "/") : name;
  });
}

for (const [folder, allowed] of Object.entries(ALLOWED)) {
  Deno.test(`${folder}/ imports only what its layer may`, () => {
    const wrong = sourceFiles(folder).flatMap((path) =>
      importsOf(path).filter((name) => !name.startsWith(`${folder}/`) && !allowed.test(name))
        .map((name) => `${path} imports ${name}`)
    );
    assertEquals(wrong, []);
  });
}

Deno.test("the decoder reaches no Deno API, no package, and none of training but the WASM assembler", () => {
  const reached = new Set(["codec/decode.ts"]);
  for (const path of reached) {
    for (const name of importsOf(path)) {
      assert(
        /^(bitstream|codec)\/.*\.ts$|^kernels\/wasm\/(assembler|byte_list|opcodes)\.ts$/.test(name),
        `${path} imports ${name}`,
      );
      reached.add(name);
    }
    const source = Deno.readTextFileSync(join(ROOT, path)).replace(/\/\*[^]*?\*\/|\/\/.*/g, "");
    assert(!/\b(Deno|process|navigator)\./.test(source), `${path} uses an API of its host`);
  }
});
