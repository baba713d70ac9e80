import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { basename, join } from "node:path";
import { buildPortable } from "../../packaging/portable.ts";
import { VERSION } from "../../packaging/project.ts";
import { smokeTest } from "../../packaging/smoke.ts";
import { inFolder, namesIn, type Outcome } from "../cli/command.ts";

/** Runs a file with nothing in its environment but what is given. */
async function runAlone(program: string, env: Record<string, string>): Promise<Outcome> {
  const options: Deno.CommandOptions = { args: ["--version"], env, clearEnv: true, stdin: "null" };
  const { code, stdout, stderr } = await new Deno.Command(program, options).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

/** Changes some bytes near the end. */
function damage(path: string): void {
  using file = Deno.openSync(path, { write: true });
  file.seekSync(-1000, Deno.SeekMode.End);
  file.writeSync(new TextEncoder().encode("damage"));
}

Deno.test("the portable file", { ignore: Deno.build.os === "windows" }, async (t) => {
  await inFolder(async (folder) => {
    const file = await buildPortable(folder);

    await t.step("started twice at once on an empty cache, unpacks itself once", async () => {
      const env = { XDG_CACHE_HOME: join(folder, "cache") };
      const outcomes = await Promise.all([runAlone(file, env), runAlone(file, env)]);
      for (const outcome of outcomes) assertEquals(outcome, { code: 0, stdout: `${VERSION}\n`, stderr: "" });
      const names = namesIn(join(folder, "cache", "chic"));
      assertEquals(names.length, 1, names.join());
      assertStringIncludes(names[0], `${VERSION}-`);
      assertEquals(namesIn(join(folder, "cache")), ["chic"]);
    });

    await t.step("decodes, encodes on two threads and describes, in an empty environment", async () => {
      const passed: string[] = [];
      const env = { XDG_CACHE_HOME: join(folder, "cache") };
      await smokeTest({ program: file, args: [], env }, (line) => passed.push(line));
      assert(passed.some((line) => line.startsWith("decode ")) && passed.some((line) => line.startsWith("encode")));
    });

    await t.step("refuses to run when damaged, and leaves nothing", async () => {
      const damaged = join(folder, `damaged-${basename(file)}`);
      Deno.copyFileSync(file, damaged);
      damage(damaged);
      const { code, stdout, stderr } = await runAlone(damaged, { HOME: join(folder, "home") });
      assertEquals([code, stdout, stderr.trimEnd().split("\n").length], [1, "", 1], stderr);
      assertStringIncludes(stderr, "(the file is damaged)");
      assertEquals(namesIn(join(folder, "home", ".cache", "chic")), []);
    });

    await t.step("says what to do where it cannot unpack", async () => {
      const { code, stderr } = await runAlone(file, { XDG_CACHE_HOME: "/dev/null" });
      assertEquals(code, 1);
      assertStringIncludes(stderr, "chic: /dev/null/chic: expected a folder to unpack into");
    });
  });
});
