/**
 * Builds the npm package: the program, which runs on the Deno that npm installs with it, and the decoder as a module for Node
 * and for browsers.
 *
 *     deno task npm
 */

import { join } from "node:path";
import { parseTarGzip } from "nanotar";
import { archive } from "./archive.ts";
import { bundleProgram, type Files } from "./bundle_program.ts";
import { bundleText } from "./bundle.ts";
import { checkDenoVersion, DENO_VERSION } from "./deno_version.ts";
import { RUN_FLAGS } from "./permissions.ts";
import { programGraph } from "./program_graph.ts";
import { DECODER, DIST, LICENCE, PACKAGE_NAME, ROOT, VERSION } from "./project.ts";
import { failures, print } from "./report.ts";
import { denoText } from "./run_deno.ts";

/** The starter, which `npx` runs. */
const STARTER = "chic.mjs";
/** The decoder, bundled, and its types. */
const DECODER_FILE = DECODER.replace(/\.ts$/, ".js");
const DECODER_TYPES = DECODER.replace(/\.ts$/, ".d.ts");

/** Writes the package as the tarball that `npm pack` would make; gives its path. */
export async function buildNpmPackage(folder: string = DIST): Promise<string> {
  checkDenoVersion();
  const path = join(folder, `${PACKAGE_NAME.replace("@", "").replace("/", "-")}-${VERSION}.tgz`);
  Deno.mkdirSync(folder, { recursive: true });
  Deno.writeFileSync(path, archive(await npmFiles(), { folder: "package", executables: [STARTER] }));
  return path;
}

async function npmFiles(): Promise<Files> {
  const encoder = new TextEncoder();
  return new Map([
    ...[...await bundleProgram()].map(([name, bytes]) => [`program/${name}`, bytes] as const),
    ...await decoderTypes(),
    [DECODER_FILE, encoder.encode(await bundleText(DECODER, { platform: "browser" }))],
    [STARTER, encoder.encode(starterText())],
    ["package.json", encoder.encode(`${JSON.stringify(manifest(), undefined, 2)}\n`)],
    ...["LICENSE", "README.md", "CHANGELOG.md"].map((name) => [name, Deno.readFileSync(join(ROOT, name))] as const),
  ]);
}

/** The contents of package.json. */
function manifest() {
  return {
    name: PACKAGE_NAME,
    version: VERSION,
    description: "Neural image codec that fits a small decoder to each picture",
    license: LICENCE,
    type: "module",
    engines: { node: ">=20" },
    bin: { chic: STARTER },
    exports: { "./decode": { types: `./${DECODER_TYPES}`, default: `./${DECODER_FILE}` } },
    sideEffects: false,
    // Optional, so that who wants the decoder alone can leave the runtime out, and systems without it can install at all.
    optionalDependencies: { deno: DENO_VERSION },
  };
}

function starterText(): string {
  const flags = RUN_FLAGS.map((flag) => JSON.stringify(flag)).join(", ");
  return Deno.readTextFileSync(new URL("npm_program.mjs", import.meta.url)).replace("/* FLAGS */", flags);
}

/** Declarations of the decoder and of what it names, made by `deno pack` from a copy of the decoder alone. */
async function decoderTypes(): Promise<[name: string, bytes: Uint8Array][]> {
  const { modules, typeModules } = await programGraph(DECODER);
  const stage = await Deno.makeTempDir({ prefix: "chic_types_" });
  try {
    for (const module of [...modules, ...typeModules]) {
      Deno.mkdirSync(join(stage, module, ".."), { recursive: true });
      Deno.copyFileSync(join(ROOT, module), join(stage, module));
    }
    const config = JSON.parse(Deno.readTextFileSync(join(ROOT, "deno.json")));
    const { name, version, license, imports, compilerOptions } = config;
    const exports = `./${DECODER}`;
    Deno.writeTextFileSync(
      join(stage, "deno.json"),
      JSON.stringify({ name, version, license, exports, imports, compilerOptions }),
    );
    await denoText(["pack", "--allow-dirty", "--no-source-maps", "--output", "types.tgz"], { cwd: stage });
    const packed = await parseTarGzip(Deno.readFileSync(join(stage, "types.tgz")));
    const found = packed.filter((file) => file.name.endsWith(".d.ts"));
    return found.map((file) => [file.name.replace(/^package\//, ""), file.data!]);
  } finally {
    await Deno.remove(stage, { recursive: true });
  }
}

if (import.meta.main) await failures(async () => print(await buildNpmPackage()));
