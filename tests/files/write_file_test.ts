import { assert, assertEquals, assertThrows } from "@std/assert";
import { join } from "node:path";
import { FileError, WriteError } from "../../files/errors.ts";
import { checkWritable, writeFile } from "../../files/write_file.ts";

const CONTENTS = Uint8Array.of(1, 2, 3);

function withFolder(run: (folder: string) => void): void {
  const folder = Deno.makeTempDirSync({ prefix: "chic_test_" });
  try {
    run(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

function namesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}

Deno.test("writeFile() writes the bytes and nothing beside them", () => {
  withFolder((folder) => {
    writeFile(join(folder, "a.chic"), CONTENTS);
    assertEquals(namesIn(folder), ["a.chic"]);
    assertEquals(Deno.readFileSync(join(folder, "a.chic")), CONTENTS);
  });
});

Deno.test("writeFile() replaces an existing file and follows a link to it", () => {
  withFolder((folder) => {
    Deno.writeTextFileSync(join(folder, "real.chic"), "old");
    Deno.symlinkSync("real.chic", join(folder, "link.chic"));
    writeFile(join(folder, "link.chic"), CONTENTS);
    assertEquals(namesIn(folder), ["link.chic", "real.chic"]);
    assert(Deno.lstatSync(join(folder, "link.chic")).isSymlink);
    assertEquals(Deno.readFileSync(join(folder, "real.chic")), CONTENTS);
  });
});

Deno.test("writeFile() leaves nothing behind when it fails", () => {
  withFolder((folder) => {
    // Renaming a file over a folder fails after the temporary file was written.
    Deno.mkdirSync(join(folder, "taken"));
    assertThrows(() => writeFile(join(folder, "taken"), CONTENTS), WriteError, "taken: expected to write the file");
    assertEquals(namesIn(folder), ["taken"]);
  });
});

Deno.test("checkWritable() touches neither the folder nor an existing file", () => {
  withFolder((folder) => {
    Deno.writeTextFileSync(join(folder, "old.chic"), "old");
    checkWritable(join(folder, "old.chic"));
    checkWritable(join(folder, "new.chic"));
    assertEquals(namesIn(folder), ["old.chic"]);
    assertEquals(Deno.readTextFileSync(join(folder, "old.chic")), "old");
  });
});

Deno.test("checkWritable() refuses a folder, a missing folder, a file as a folder, and a device", () => {
  withFolder((folder) => {
    Deno.writeTextFileSync(join(folder, "file"), "");
    assertThrows(() => checkWritable(folder), FileError, "expected a file to write, found a folder");
    assertThrows(() => checkWritable(join(folder, "no", "x.chic")), FileError, "found no such folder");
    assertThrows(() => checkWritable(join(folder, "file", "x.chic")), FileError, "found a file where the path needs");
    assertThrows(() => checkWritable("/dev/null"), FileError, "found a device or pipe");
  });
});
