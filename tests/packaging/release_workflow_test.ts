import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { parse } from "yaml";
import config from "../../deno.json" with { type: "json" };
import { DENO_VERSION } from "../../packaging/deno_version.ts";
import { ROOT } from "../../packaging/project.ts";
import { TARGETS } from "../../packaging/targets.ts";

interface Step {
  readonly run?: string;
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Job {
  readonly needs?: string | readonly string[];
  readonly steps: readonly Step[];
  readonly permissions?: Readonly<Record<string, string>>;
  readonly strategy?: { readonly matrix: { readonly include: readonly { readonly target: string }[] } };
}

interface Workflow {
  readonly env: Readonly<Record<string, string>>;
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

const WORKFLOW: Workflow = parse(Deno.readTextFileSync(join(ROOT, ".github/workflows/release.yml")), { strict: true });
const STEPS = Object.values(WORKFLOW.jobs).flatMap(({ steps }) => steps);
const COMMANDS = STEPS.flatMap(({ run }) => run ?? []);

Deno.test("release workflow: every step runs a command or an action of a fixed version", () => {
  assert(STEPS.length > 0);
  for (const { run, uses } of STEPS) assert((run === undefined) !== (uses === undefined), `${run ?? uses}`);
  for (const { uses } of STEPS) assert(uses === undefined || /^[\w-]+\/[\w-]+@v\d+$/.test(uses), uses);
});

Deno.test("release workflow: every task and every file that a step names is there", () => {
  const tasks = COMMANDS.flatMap((run) => [...run.matchAll(/deno task ([\w:]+)/g)].map(([, name]) => name));
  assertEquals([...new Set(tasks)].sort(), ["compile", "npm", "portable", "smoke"]);
  for (const name of tasks) assert(name in config.tasks, name);
  const files = COMMANDS.flatMap((run) => run.match(/(?<![\w/-])(?:packaging|tests|\.ci)\/[\w./-]+/g) ?? []);
  assert(files.includes("packaging/release_notes.ts") && files.includes(".ci/run"));
  for (const file of files) assert(Deno.statSync(join(ROOT, file)).isFile, file);
});

Deno.test("release workflow: jobs wait for jobs that exist, and nothing is released untested", () => {
  const needs = (job: string) => [WORKFLOW.jobs[job].needs ?? []].flat();
  for (const job of Object.keys(WORKFLOW.jobs)) {
    for (const needed of needs(job)) assert(needed in WORKFLOW.jobs, needed);
  }
  assertEquals([needs("release"), needs("smoke")], [["test", "smoke"], ["build"]]);
});

Deno.test("release workflow: every target is tried on a system of its own", () => {
  const targets = WORKFLOW.jobs.smoke.strategy?.matrix.include.map(({ target }) => target);
  assertEquals(targets, [...TARGETS]);
});

Deno.test("release workflow: only the release may write, and it attests what it releases", () => {
  assertEquals(WORKFLOW.permissions, { contents: "read" });
  const writers = Object.entries(WORKFLOW.jobs).filter(([, { permissions }]) => permissions).map(([name]) => name);
  assertEquals(writers, ["release"]);
  const actions = WORKFLOW.jobs.release.steps.map(({ uses }) => uses);
  assert(actions.some((uses) => uses?.startsWith("actions/attest-build-provenance@")));
  assert(COMMANDS.some((run) => run.includes("SHA256SUMS")));
});

Deno.test("release workflow: artifacts are read under the names they are stored under", () => {
  const names = (action: string) =>
    STEPS.filter(({ uses }) => uses?.startsWith(action)).map((step) => step.with?.name as string);
  const stored = names("actions/upload-artifact");
  assertEquals(stored, ["packages"]);
  for (const name of names("actions/download-artifact")) assert(stored.includes(name), name);
});

Deno.test("every place that names a version of Deno names the same", () => {
  assertEquals(WORKFLOW.env.DENO_VERSION, `v${DENO_VERSION}`);
  for (const file of [".ci/run", "README.md", "CONTRIBUTING.md"]) {
    const named = Deno.readTextFileSync(join(ROOT, file)).match(/deno@[\d.]*\d/g) ?? [];
    assert(named.length > 0, file);
    for (const version of named) assertEquals(version, `deno@${DENO_VERSION}`, file);
  }
});
