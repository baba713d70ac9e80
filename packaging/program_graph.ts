/** All that a program consists of: its modules, its workers, their modules, and the npm packages that they use. */

import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { ROOT } from "./project.ts";
import { denoText } from "./run_deno.ts";

/** An npm package in the cache. */
export interface NpmPackage {
  readonly name: string;
  readonly version: string;
  readonly folder: string;
}

/** A program; modules are paths from the root, sorted. */
export interface ProgramGraph {
  /** The program's module, then those of its workers. */
  readonly entries: readonly string[];
  /** Modules with code that runs. */
  readonly modules: readonly string[];
  /** Modules that are needed for their types only. */
  readonly typeModules: readonly string[];
  readonly packages: readonly NpmPackage[];
}

/**
 * Follows a program. Workers are not imported, so no bundler finds them by itself: they are the files that a module names by
 * `new URL("./...", import.meta.url)`. Throws an `Error` if a module names a file in another way.
 */
export async function programGraph(entry: string): Promise<ProgramGraph> {
  const entries = [entry];
  const [modules, all, packages] = [new Set<string>(), new Set<string>(), new Map<string, NpmPackage>()];
  for (const path of entries) { // Grows while workers are found.
    const info: Info = JSON.parse(await denoText(["info", "--json", path]));
    for (const module of info.modules) if (module.kind === "esm" || module.kind === "asserted") all.add(pathOf(module));
    for (const module of runningModules(info, path)) modules.add(module);
    for (const found of usedPackages(info)) packages.set(`${found.name}@${found.version}`, found);
    for (const worker of [...modules].flatMap(filesNamedBy)) if (!entries.includes(worker)) entries.push(worker);
  }
  return {
    entries: [entry, ...entries.slice(1).sort()],
    modules: [...modules].sort(),
    typeModules: [...all].filter((path) => !modules.has(path)).sort(),
    packages: [...packages.values()].sort((a, b) => a.name < b.name ? -1 : 1),
  };
}

/** What `deno info --json` says, as far as it is used here. */
interface Info {
  readonly modules: readonly InfoModule[];
  readonly redirects: Readonly<Record<string, string>>;
  readonly npmPackages?: Readonly<Record<string, InfoPackage>>;
}

interface InfoModule {
  readonly kind: string;
  readonly specifier: string;
  readonly error?: string;
  readonly npmPackage?: string;
  readonly dependencies?: readonly { readonly code?: { readonly specifier?: string } }[];
}

interface InfoPackage {
  readonly name: string;
  readonly version: string;
  readonly localPath: string;
  readonly dependencies: readonly string[];
}

function pathOf({ specifier }: InfoModule): string {
  return relative(ROOT, fileURLToPath(specifier)).replaceAll("\\", "/");
}

/** Modules that are reached from `entry` by imports that are not for types alone. */
function runningModules({ modules }: Info, entry: string): string[] {
  const bySpecifier = new Map(modules.map((module) => [module.specifier, module]));
  const first = modules.find((module) => module.specifier.startsWith("file:") && pathOf(module) === entry);
  const reached = new Set(first ? [first] : []);
  for (const { dependencies = [] } of reached) {
    for (const { code } of dependencies) {
      const module = bySpecifier.get(code?.specifier ?? "");
      if (module?.specifier.startsWith("file:")) reached.add(module);
    }
  }
  return [...reached].map(pathOf);
}

/** Packages of the imports, with all that those packages depend on. */
function usedPackages({ modules, npmPackages = {} }: Info): NpmPackage[] {
  const ids = new Set(modules.flatMap(({ npmPackage }) => npmPackage ?? []));
  for (const id of ids) for (const dependency of npmPackages[id].dependencies) ids.add(dependency);
  return [...ids].map((id) => npmPackages[id]).map(({ name, version, localPath }) => ({
    ...{ name, version, folder: localPath },
  }));
}

/** A file that is named beside the module that names it; the file's path is group 1. */
export const NAMED_FILE = /\bnew URL\(\s*"(\.[^"]+)",\s*import\.meta\.url,?\s*\)/g;

function filesNamedBy(module: string): string[] {
  const source = withoutComments(Deno.readTextFileSync(join(ROOT, module)));
  const named = [...source.matchAll(NAMED_FILE)];
  if (named.length !== source.split("import.meta.url").length - 1) {
    throw new Error(`${module}: expected import.meta.url in new URL("./...", import.meta.url) only, found another use`);
  }
  return named.map(([, file]) => join(dirname(module), file).replaceAll("\\", "/"));
}

function withoutComments(source: string): string {
  return source.replace(/\/\*[^]*?\*\/|(^|\s)\/\/.*/g, "");
}
