import { assertEquals, assertThrows } from "@std/assert";
import { releaseNotes, versionOfTag } from "../../packaging/release_notes.ts";
import { VERSION } from "../../packaging/project.ts";

const CHANGELOG = `# Changelog

One line per effect.

## 1.10.0 (2031-02-03)

- Ten.

  More of ten.

## 1.1.0 (2030-01-02)

- One.

## 1.0.0 (not released)

- Nought.

## 0.9.0 (2029-01-01)
`;

Deno.test("releaseNotes() gives the section of a version and nothing of its neighbours", () => {
  assertEquals(releaseNotes(CHANGELOG, "1.10.0"), "- Ten.\n\n  More of ten.");
  assertEquals(releaseNotes(CHANGELOG, "1.1.0"), "- One.");
});

Deno.test("releaseNotes() refuses a version without section, date or notes", () => {
  assertThrows(() => releaseNotes(CHANGELOG, "1.1"), Error, 'expected a section "## 1.1 (DATE)", found none');
  assertThrows(() => releaseNotes(CHANGELOG, "1.0.0"), Error, 'found "## 1.0.0 (not released)"');
  assertThrows(() => releaseNotes(CHANGELOG, "0.9.0"), Error, "expected notes");
});

Deno.test("versionOfTag() takes the tag of this version only", () => {
  assertEquals(versionOfTag(`v${VERSION}`), VERSION);
  assertThrows(() => versionOfTag(VERSION), Error, `expected the tag v${VERSION}`);
  assertThrows(() => versionOfTag(undefined), Error, "found none");
});
