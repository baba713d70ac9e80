import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { benchCommand } from "../pictures.ts";

Deno.test("bench:check refuses a baseline that is none in one line", async () => {
  const folder = Deno.makeTempDirSync();
  try {
    const path = join(folder, "baseline.json");
    Deno.writeTextFileSync(path, "{}");
    for (const name of ["none.json", "baseline.json"]) {
      const { code, stderr } = await benchCommand("check/main.ts", folder, ["--baseline", name, "--deterministic"]);
      assertEquals([code, stderr.trimEnd().split("\n").length], [2, 1], stderr);
      assertStringIncludes(stderr, `${name}: expected`);
    }
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("bench:check stores a run, and of another one says what moved and nothing else", async () => {
  const folder = Deno.makeTempDirSync();
  try {
    const run = (...args: string[]) => benchCommand("check/main.ts", folder, ["--baseline", "b.json", ...args]);
    assertEquals((await run("--update")).code, 0);
    const path = join(folder, "b.json");
    const stored = JSON.parse(Deno.readTextFileSync(path));
    assert(Object.values(stored.ratios as Record<string, number>).every((ratio) => ratio > 0));
    const [name] = Object.keys(stored.encodes);
    stored.machine = "another machine";
    stored.encodes[name] = { ...stored.encodes[name], crc: 0, loss: stored.encodes[name].loss / 2 };
    Deno.writeTextFileSync(path, JSON.stringify(stored));
    const worse = await run("--deterministic");
    const [line, advice, ...rest] = worse.stdout.split("\n");
    assertEquals([worse.code, rest], [1, [""]]);
    assert(line.startsWith(`WORSE   ${name}: `) && line.endsWith("loss +100.00 %"), line);
    assertStringIncludes(advice, "deno task bench:check --update");
    assertEquals((await run("--update", "--deterministic")).code, 0);
    const updated = JSON.parse(Deno.readTextFileSync(path));
    assertEquals([updated.machine, updated.ratios], ["another machine", stored.ratios]);
    assert(updated.encodes[name].crc !== 0);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});
