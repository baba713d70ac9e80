/**
 * Prints the notes of a release: its section of CHANGELOG.md.
 *
 *     deno run --allow-read packaging/release_notes.ts v0.1.0
 */

import { join } from "node:path";
import { ROOT, VERSION } from "./project.ts";
import { failures, print } from "./report.ts";

/**
 * The text under the heading `## VERSION (DATE)`, up to the next one. Throws an `Error` if there is none, if it is empty, or
 * if its date is not one.
 */
export function releaseNotes(changelog: string, version: string): string {
  const sections = changelog.split(/^## /m).slice(1);
  const section = sections.find((text) => text.startsWith(`${version} `) || text.startsWith(`${version}\n`));
  if (section === undefined) throw new Error(`CHANGELOG.md: expected a section "## ${version} (DATE)", found none`);
  const [heading, ...lines] = section.split("\n");
  if (!/^\S+ \(\d{4}-\d\d-\d\d\)$/.test(heading)) {
    throw new Error(`CHANGELOG.md: expected "## ${version} (YYYY-MM-DD)", found "## ${heading}"`);
  }
  const notes = lines.join("\n").trim();
  if (notes === "") throw new Error(`CHANGELOG.md: expected notes under "## ${heading}", found none`);
  return notes;
}

/** The version of a tag. Throws an `Error` unless it is that of `deno.json`. */
export function versionOfTag(tag: string | undefined): string {
  if (tag === `v${VERSION}`) return VERSION;
  throw new Error(`expected the tag v${VERSION}, which deno.json says, found ${tag ?? "none"}`);
}

if (import.meta.main) {
  await failures(async () => {
    const version = versionOfTag(Deno.args[0]);
    print(releaseNotes(await Deno.readTextFile(join(ROOT, "CHANGELOG.md")), version));
  });
}
