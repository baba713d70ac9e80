/** The program as a folder of JavaScript files that needs nothing but Deno. */

import { licencesText, packagedFile } from "./bundled_packages.ts";
import { bundleText } from "./bundle.ts";
import { NAMED_FILE, type ProgramGraph, programGraph } from "./program_graph.ts";
import { PROGRAM, ROOT } from "./project.ts";
import { dirname, join } from "node:path";

/** Files by name, all of one folder. */
export type Files = ReadonlyMap<string, Uint8Array>;

/** The program's file among them. */
export const PROGRAM_FILE = "cli.js";

/**
 * Bundles the program and each of its workers, adds the files that bundled packages load at run time, and the licences of
 * those packages.
 */
export async function bundleProgram(): Promise<Files> {
  const graph = await programGraph(PROGRAM);
  const stage = await Deno.makeTempDir({ prefix: "chic_stage_" });
  try {
    for (const module of [...graph.modules, ...graph.typeModules]) putModule(stage, module);
    Deno.copyFileSync(join(ROOT, "deno.json"), join(stage, "deno.json"));
    const encoder = new TextEncoder();
    const files = new Map<string, Uint8Array>();
    for (const entry of graph.entries) {
      const text = await bundleText(entry, { platform: "deno", cwd: stage });
      files.set(flatName(entry), encoder.encode(text));
      for (const [name, bytes] of assets(text, graph)) files.set(name, bytes);
    }
    return files.set("THIRD_PARTY_LICENCES.txt", encoder.encode(licencesText(graph.packages)));
  } finally {
    await Deno.remove(stage, { recursive: true });
  }
}

/** The name of an entry module's bundle: workers of several folders come to lie in one. */
function flatName(entry: string): string {
  return entry.replaceAll("/", "_").replace(/\.ts$/, ".js");
}

/** Copies a module, with the workers that it names under the names of their bundles. */
function putModule(stage: string, module: string): void {
  const source = Deno.readTextFileSync(join(ROOT, module)).replace(NAMED_FILE, (text, file: string) => {
    const worker = join(dirname(module), file).replaceAll("\\", "/");
    return text.replace(file, `./${flatName(worker)}`);
  });
  Deno.mkdirSync(join(stage, dirname(module)), { recursive: true });
  Deno.writeTextFileSync(join(stage, module), source);
}

/** Files that packages look for beside the module that they are in, and now beside the bundle. */
function assets(bundle: string, { entries, packages }: ProgramGraph): [name: string, bytes: Uint8Array][] {
  const names = [...bundle.matchAll(/\bnew URL\("(?:\.\/)?([^"]+)", import\.meta\.url\)/g)].map(([, name]) => name);
  return names.filter((name) => !entries.some((entry) => flatName(entry) === name))
    .map((name) => [name, packagedFile(name, packages)]);
}
