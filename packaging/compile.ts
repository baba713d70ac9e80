/**
 * Builds executables with `deno compile`.
 *
 *     deno task compile          for this machine
 *     deno task compile --all    for all five systems
 */

import { join } from "node:path";
import { checkDenoVersion, DENO_VERSION } from "./deno_version.ts";
import { iconFile } from "./icon.ts";
import { PERMISSIONS } from "./permissions.ts";
import { programGraph } from "./program_graph.ts";
import { DIST, PROGRAM, VERSION } from "./project.ts";
import { failures, print } from "./report.ts";
import { denoText, runDeno, type ToolOutcome } from "./run_deno.ts";
import { HOST, targetOf, TARGETS } from "./targets.ts";

/** What to compile. */
export interface CompileOptions {
  readonly target: string;
  readonly output: string;
  /** Modules that nothing imports: workers. */
  readonly includes: readonly string[];
  /** Icon file, for Windows. */
  readonly icon?: string;
}

/** Arguments of `deno`: the locked inputs, the program and its workers, and no more permissions than it needs. */
export function compileArguments({ target, output, includes, icon }: CompileOptions): string[] {
  return [
    ...["compile", "--frozen", "--exclude-unused-npm", "--no-prompt", ...PERMISSIONS],
    ...includes.flatMap((module) => ["--include", module]),
    ...["--target", target, ...icon === undefined ? [] : ["--icon", icon], "--output", output, PROGRAM],
  ];
}

/**
 * Compiles with Deno itself in place of the runtime part: everything happens but the last step, so the list of embedded
 * files is right, while the executable would run Deno and is thrown away.
 */
export async function dryCompile(includes: readonly string[]): Promise<ToolOutcome> {
  const folder = await Deno.makeTempDir({ prefix: "chic_compile_" });
  try {
    const output = join(folder, "chic");
    const args = compileArguments({ target: HOST, output, includes });
    return await runDeno(args, { env: { DENORT_BIN: Deno.execPath() } });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Surroundings of `compile`. */
export interface CompileSurroundings {
  /** Folder for the executables; default: `dist/`. */
  readonly folder?: string;
  /** More environment variables for `deno compile`. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Compiles for each target; gives the executables. Throws an `Error` with one line that says what to do. */
export async function compile(
  targets: readonly string[],
  { folder = DIST, env = {} }: CompileSurroundings = {},
): Promise<string[]> {
  checkDenoVersion();
  if ((env.DENORT_BIN ?? Deno.env.get("DENORT_BIN")) !== undefined && targets.some((target) => target !== HOST)) {
    throw new Error("expected no DENORT_BIN with --all: it is the runtime part of one system; found one");
  }
  const [, ...includes] = (await programGraph(PROGRAM)).entries;
  Deno.mkdirSync(folder, { recursive: true });
  const outputs: string[] = [];
  for (const target of targets) outputs.push(await compileOne(target, includes, { folder, env }));
  return outputs;
}

async function compileOne(
  target: string,
  includes: readonly string[],
  { folder, env }: Required<CompileSurroundings>,
): Promise<string> {
  const windows = target.includes("windows");
  const output = join(folder, `chic-${VERSION}-${target}${windows ? ".exe" : ""}`);
  const icon = windows ? await Deno.makeTempFile({ suffix: ".ico" }) : undefined;
  try {
    if (icon !== undefined) Deno.writeFileSync(icon, iconFile());
    const { code, stderr } = await runDeno(compileArguments({ target, output, includes, ...icon && { icon } }), {
      env,
    });
    if (code !== 0) throw new Error(await compileFailure(target, stderr, env));
    await checkExecutable(output, target);
    return output;
  } catch (error) {
    await Deno.remove(output).catch(() => {}); // Nothing that does not work stays behind.
    throw error;
  } finally {
    if (icon !== undefined) await Deno.remove(icon);
  }
}

async function compileFailure(target: string, stderr: string, env: Record<string, string>): Promise<string> {
  if (!/Setting up base binary|denort/.test(stderr)) return `cannot compile for ${target}: ${stderr.trim()}`;
  const { denoDir } = JSON.parse(await denoText(["info", "--json"], { env }));
  const zip = join(denoDir, "dl", "release", `v${DENO_VERSION}`, `denort-${target}.zip`);
  return `cannot compile for ${target}: Deno's runtime part "denort" ${DENO_VERSION} could not be fetched; ` +
    `set DENORT_BIN to a denort executable, or put its archive at ${zip}`;
}

/** Throws an `Error` unless the executable is one for its system and, on that system, says the program's version. */
async function checkExecutable(path: string, target: string): Promise<void> {
  using file = Deno.openSync(path);
  const start = new Uint8Array(4096);
  file.readSync(start);
  const found = targetOf(start);
  if (found !== target) throw new Error(`${path}: expected an executable for ${target}, found ${found ?? "none"}`);
  if (target !== HOST) return;
  const { stdout } = await new Deno.Command(path, { args: ["--version"], stdin: "null" }).output();
  const version = new TextDecoder().decode(stdout).trim();
  if (version === VERSION) return;
  throw new Error(
    `${path}: expected an executable that says ${VERSION}, found "${version.split("\n")[0]}" ` +
      "(is DENORT_BIN a denort, not deno?)",
  );
}

if (import.meta.main) {
  await failures(async () => {
    if (Deno.args.some((arg) => arg !== "--all")) {
      throw new Error(`expected --all or nothing, found ${Deno.args.join(" ")}`);
    }
    for (const path of await compile(Deno.args.length > 0 ? TARGETS : [HOST])) print(path);
  });
}
