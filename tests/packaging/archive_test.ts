import { assertEquals } from "@std/assert";
import { parseTarGzip } from "nanotar";
import { archive } from "../../packaging/archive.ts";

Deno.test("archive() holds the files with their modes, in one order and of one date, so that its bytes repeat", async () => {
  const text = (name: string): [string, Uint8Array] => [name, new TextEncoder().encode(`I am ${name}`)];
  const options = { folder: "package", executables: ["run"] };
  const made = archive(new Map([text("run"), text("a/b.txt")]), options);
  const files = await parseTarGzip(made);
  assertEquals(files.map(({ name, text }) => [name, text]), [["package/a/b.txt", "I am a/b.txt"], [
    "package/run",
    "I am run",
  ]]);
  assertEquals(files.map(({ attrs }) => [attrs?.mode, attrs?.uid, new Date(1000 * attrs!.mtime!).getUTCFullYear()]), [
    ["0000644", 0, 1985],
    ["0000755", 0, 1985],
  ]);
  await new Promise((resolve) => setTimeout(resolve, 1100)); // Gzip and tar both store seconds.
  assertEquals(archive(new Map([text("a/b.txt"), text("run")]), options), made);
});
