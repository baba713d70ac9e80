import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { compile, compileArguments, dryCompile } from "../../packaging/compile.ts";
import { type EmbeddedFiles, isEmbedded, readEmbeddedFiles } from "../../packaging/embedded_files.ts";
import { programGraph } from "../../packaging/program_graph.ts";
import { PROGRAM } from "../../packaging/project.ts";
import { denoText } from "../../packaging/run_deno.ts";
import { HOST, TARGETS } from "../../packaging/targets.ts";
import { inFolder, namesIn } from "../cli/command.ts";
import { workerFiles } from "./worker_files.ts";

/** What a dry compile embeds. */
async function embedded(includes: readonly string[]): Promise<EmbeddedFiles> {
  const { code, stdout, stderr } = await dryCompile(includes);
  assertEquals(code, 0, stderr);
  return readEmbeddedFiles(stdout + stderr);
}

Deno.test("deno compile embeds all modules of the program and its workers, its packages, and nothing of the tests", async () => {
  const { entries, modules, packages } = await programGraph(PROGRAM);
  const found = await embedded(entries.slice(1));
  const missing = [...modules, ...workerFiles()].filter((path) => !isEmbedded(path, found));
  assertEquals(missing, []);
  const folder = ".deno_compile_node_modules/localhost";
  const all = [...found.files, ...found.wholeFolders];
  for (const { name } of packages) assert(all.some((path) => path.startsWith(`${folder}/${name}`)), name);
  const needless = all.filter((path) => /^(tests|bench|packaging|samples)\b|playwright|fast-check/.test(path));
  assertEquals(needless, []);
});

Deno.test("deno compile forgets every worker that is not included, which the list of embedded files shows", async () => {
  const found = await embedded([]);
  for (const worker of workerFiles()) assert(!isEmbedded(worker, found), worker);
  assert(isEmbedded(PROGRAM, found));
});

Deno.test("compileArguments() asks for the locked inputs and for no needless permission", () => {
  const args = compileArguments({ target: TARGETS[4], output: "x.exe", includes: ["w.ts"], icon: "x.ico" });
  for (const arg of ["--frozen", "--no-prompt", "--allow-read", "--allow-write"]) assert(args.includes(arg), arg);
  assertEquals(args.filter((arg) => /^-A|--allow-(all|net|run|ffi|import)|^--allow-(env|sys)$/.test(arg)), []);
  for (const pair of ["--include w.ts", "--icon x.ico", `--target ${TARGETS[4]}`]) {
    assert(args.join(" ").includes(pair), pair);
  }
});

Deno.test("compile() says in one line what to do where the runtime part cannot be fetched, and leaves nothing", () =>
  inFolder(async (folder) => {
    const { npmCache } = JSON.parse(await denoText(["info", "--json"]));
    // Packages are there, the runtime part is not, and there is no network to fetch it from.
    Deno.symlinkSync(npmCache, join(folder, "npm"));
    const env = { DENO_DIR: folder, HTTPS_PROXY: "http://127.0.0.1:1", DENORT_BIN: "" };
    const { message } = await assertRejects(() => compile([HOST], { folder: join(folder, "dist"), env }), Error);
    const zip = join(folder, "dl", "release", `v${Deno.version.deno}`, `denort-${HOST}.zip`);
    assert(message.includes("set DENORT_BIN to a denort executable") && message.includes(zip), message);
    assert(!message.includes("\n"), message);
    assertEquals(namesIn(join(folder, "dist")), []);
  }));

Deno.test("compile() refuses a runtime part that does not run the program, and one for all systems", () =>
  inFolder(async (folder) => {
    const env = { DENORT_BIN: Deno.execPath() };
    await assertRejects(() => compile([HOST], { folder, env }), Error, "is DENORT_BIN a denort, not deno?");
    assertEquals(namesIn(folder), []);
    await assertRejects(() => compile(TARGETS, { folder, env }), Error, "expected no DENORT_BIN with --all");
  }));
