import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { programGraph } from "../../packaging/program_graph.ts";
import { DECODER, PROGRAM, ROOT } from "../../packaging/project.ts";
import { workerFiles } from "./worker_files.ts";

Deno.test("programGraph() finds the program's workers: all files that listen to messages, and no others", async () => {
  const { entries, modules } = await programGraph(PROGRAM);
  assertEquals(entries[0], PROGRAM);
  assertEquals(entries.slice(1), workerFiles());
  for (const entry of entries) assert(modules.includes(entry), entry);
});

Deno.test("programGraph() lists modules that run apart from those that only give types", async () => {
  const { modules, typeModules } = await programGraph(DECODER);
  assertEquals(modules.filter((path) => typeModules.includes(path)), []);
  assert(modules.includes("bitstream/range_coder.ts") && typeModules.includes("bitstream/quantised_model.ts"));
});

Deno.test("programGraph() lists the packages that the program uses, and those that they use", async () => {
  const { packages } = await programGraph(PROGRAM);
  const names = packages.map(({ name }) => name);
  assert(names.includes("commander") && names.includes("fflate"), names.join());
  assert(!names.includes("playwright-core") && !names.includes("fast-check"), names.join());
  assertEquals((await programGraph(DECODER)).entries, [DECODER]);
});

Deno.test("the program has no code for a network, other programs or native libraries", async () => {
  for (const path of (await programGraph(PROGRAM)).modules) {
    const source = Deno.readTextFileSync(join(ROOT, path)).replace(/\/\*[^]*?\*\/|\/\/.*/g, "");
    const found = /\b(fetch|WebSocket|EventSource|XMLHttpRequest|Deno\.(connect|listen|serve|Command|dlopen))\b\s*\(/;
    assert(!found.test(source), path);
  }
});
