import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { writePng } from "../../files/png_writer.ts";
import { testPicture } from "../files/png_maker.ts";
import { inFolder, putPicture, runChic } from "./command.ts";

Deno.test("view shows a picture as text without colours, as wide as it is told", () =>
  inFolder(async (folder) => {
    putPicture(folder);
    const { code, stdout, stderr } = await runChic(folder, "view", "photo.png", "--force", "--protocol", "blocks");
    assertEquals([code, stderr], [0, ""]);
    assertEquals(stdout.split("\n").map((line) => line.length), [...Array(12).fill(32), 0]);
    const narrow = await runChic(folder, "view", "photo.png", "--force", "--protocol", "blocks", "--width", "8");
    assertEquals(narrow.stdout.split("\n").map((line) => line.length), [8, 8, 8, 0]);
  }));

Deno.test("view speaks the protocols of terminals, and decodes .chic files", () =>
  inFolder(async (folder) => {
    putPicture(folder);
    assertEquals((await runChic(folder, "encode", "photo.png", "--iterations", "5", "--device", "cpu")).code, 0);
    const starts = { kitty: "\x1b_Ga=T,f=100,", iterm: "\x1b]1337;File=inline=1;", sixel: '\x1bPq"1;1;32;24#' };
    for (const [protocol, start] of Object.entries(starts)) {
      const { stdout } = await runChic(folder, "view", "photo.chic", "--force", "--protocol", protocol);
      assert(stdout.startsWith(start), stdout.slice(0, 30));
    }
  }));

Deno.test("view needs a terminal, and a picture", () =>
  inFolder(async (folder) => {
    Deno.writeFileSync(join(folder, "photo.png"), writePng(testPicture(3, 3)).subarray(0, 50));
    const piped = await runChic(folder, "view", "photo.png");
    assertEquals([piped.code, piped.stdout], [2, ""]);
    assertEquals(piped.stderr, "chic: stdout: expected a terminal, found a file or a pipe (--force writes to it)\n");
    const damaged = await runChic(folder, "view", "photo.png", "--force");
    assertEquals([damaged.code, damaged.stdout], [2, ""]);
    assertStringIncludes(damaged.stderr, "photo.png: expected chunk IDAT to end");
  }));
