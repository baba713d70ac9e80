/** What bundles take from npm packages besides code: files that are loaded at run time, and licences. */

import { join } from "node:path";
import type { NpmPackage } from "./program_graph.ts";

/** The bytes of the only file of this name in the packages. Throws an `Error` if there is none, or more than one. */
export function packagedFile(name: string, packages: readonly NpmPackage[]): Uint8Array {
  const found = packages.flatMap(({ folder }) => filesBelow(folder)).filter((path) =>
    path.replaceAll("\\", "/").endsWith(`/${name}`)
  );
  if (found.length !== 1) throw new Error(`${name}: expected one such file in the packages, found ${found.length}`);
  return Deno.readFileSync(found[0]);
}

/** The licences of packages, one after the other. Throws an `Error` if a package comes without. */
export function licencesText(packages: readonly NpmPackage[]): string {
  return packages.map(({ name, version, folder }) => {
    const file = [...Deno.readDirSync(folder)].find((entry) => /^licen[cs]e/i.test(entry.name));
    if (!file) throw new Error(`${name}: expected a file with the package's licence, found none`);
    return `${name} ${version}\n\n${Deno.readTextFileSync(join(folder, file.name)).trim()}\n`;
  }).join(`\n${"-".repeat(80)}\n\n`);
}

function filesBelow(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesBelow(join(folder, name)) : [join(folder, name)]
  );
}
