import { assert, assertEquals } from "@std/assert";
import { bundleProgram, PROGRAM_FILE } from "../../packaging/bundle_program.ts";
import { programGraph } from "../../packaging/program_graph.ts";
import { PROGRAM, ROOT } from "../../packaging/project.ts";

Deno.test("bundleProgram() gives every file that its files name, under no path of this machine", async () => {
  const files = await bundleProgram();
  const { entries, packages } = await programGraph(PROGRAM);
  const scripts = [...files.keys()].filter((name) => name.endsWith(".js"));
  assertEquals(scripts.length, entries.length);
  assert(scripts.includes(PROGRAM_FILE));
  for (const script of scripts) {
    const text = new TextDecoder().decode(files.get(script));
    const named = [...text.matchAll(/new URL\("(?:\.\/)?([^"]+)", import\.meta\.url\)/g)].map(([, name]) => name);
    for (const name of named) assert(files.has(name), `${script}: ${name}`);
    assert(!text.includes(ROOT) && !/^\/\/ \S+\.ts$/m.test(text), script);
  }
  const licences = new TextDecoder().decode(files.get("THIRD_PARTY_LICENCES.txt"));
  for (const { name, version } of packages) assert(licences.includes(`${name} ${version}\n`), name);
});

Deno.test("bundleProgram() gives the same bytes each time", async () => {
  assertEquals(await bundleProgram(), await bundleProgram());
});
