import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { PERMISSIONS } from "../../packaging/permissions.ts";
import { programGraph } from "../../packaging/program_graph.ts";
import { PROGRAM, ROOT } from "../../packaging/project.ts";
import { runDeno } from "../../packaging/run_deno.ts";
import { inFolder, namesIn, putPicture } from "../cli/command.ts";

const QUICK = ["--device", "cpu", "--threads", "2", "--iterations", "20", "--quiet"];

Deno.test("the first line of cli.ts and the README name the permissions that everything else is tested with", () => {
  const flags = `deno run ${PERMISSIONS.join(" ")}`;
  const [first] = Deno.readTextFileSync(join(ROOT, PROGRAM)).split("\n");
  assertEquals(first, `#!/usr/bin/env -S ${flags}`);
  const readme = Deno.readTextFileSync(join(ROOT, "README.md"));
  assert(
    readme.includes(`run ${PERMISSIONS.join(" ")} cli.ts`),
    `README.md: expected "run ${PERMISSIONS.join(" ")} cli.ts"`,
  );
});

Deno.test("the permissions cover every environment variable and fact of the system that the program's code names", async () => {
  const allowed = (flag: string) => PERMISSIONS.find((text) => text.startsWith(flag))!.slice(flag.length).split(",");
  const [env, sys] = [allowed("--allow-env="), allowed("--allow-sys=")];
  const named = (source: string, pattern: RegExp) => [...source.matchAll(pattern)].map(([, name]) => name);
  let count = 0;
  for (const path of (await programGraph(PROGRAM)).modules) {
    const source = Deno.readTextFileSync(join(ROOT, path));
    const variables = named(source, /\b(?:Deno\.env\.\w+|environment)\("(\w+)"/g);
    for (const name of variables) assert(env.includes(name), `${path}: ${name}`);
    const facts = /\bDeno\.(systemMemoryInfo|hostname|loadavg|networkInterfaces|osRelease|osUptime|uid|gid)\(/g;
    for (const name of named(source, facts)) assert(sys.includes(name), `${path}: ${name}`);
    count += variables.length;
  }
  assert(count > 0);
});

Deno.test("the program needs no more than to read itself and to read and write the folder of its files", () =>
  inFolder(async (folder) => {
    const [work, other] = ["work", "other"].map((name) => join(folder, name));
    for (const path of [work, other]) Deno.mkdirSync(path);
    putPicture(work);
    const names = PERMISSIONS.filter((flag) => /^--allow-(env|sys)=/.test(flag));
    const flags = ["--no-prompt", `--allow-read=${work},${ROOT}`, `--allow-write=${work}`, ...names];
    const chic = (...args: string[]) => runDeno(["run", ...flags, join(ROOT, PROGRAM), ...args], { cwd: work });
    assertEquals(await chic("encode", "photo.png", ...QUICK), { code: 0, stdout: "", stderr: "" });
    assertEquals(await chic("decode", "photo.chic", "-o", "back.png", "--quiet"), { code: 0, stdout: "", stderr: "" });
    assertEquals((await chic("info", "photo.chic")).code, 0);
    const outside = await chic("decode", "photo.chic", "-o", join(other, "back.png"));
    assert(outside.code !== 0 && outside.stderr.includes("--allow-"), outside.stderr);
    assertEquals([namesIn(work), namesIn(other)], [["back.png", "photo.chic", "photo.png"], []]);
  }));
