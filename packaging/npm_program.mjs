#!/usr/bin/env node
/** Starts the program on the Deno that npm has installed beside this package. */

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const FLAGS = [/* FLAGS */];

/** Deno's executable; npm may have been told to run no install scripts, then it lies in the package of its system. */
function findDeno() {
  const require = createRequire(import.meta.url);
  const folder = dirname(require.resolve("deno/package.json"));
  const executable = join(folder, process.platform === "win32" ? "deno.exe" : "deno");
  return existsSync(executable) ? executable : require("deno/install_api.cjs").runInstall();
}

function fail(message) {
  process.stderr.write(`chic: ${message}\n`);
  process.exit(1);
}

let deno;
try {
  deno = findDeno();
} catch (error) {
  const found = String(error.message).split("\n")[0];
  fail(`expected the package "deno", which npm installs unless told to omit optional ones, found: ${found}`);
}

const program = fileURLToPath(new URL("program/cli.js", import.meta.url));
const child = spawn(deno, ["run", ...FLAGS, program, ...process.argv.slice(2)], {
  stdio: "inherit",
  // It asks for no updates of itself, and takes no package.json for its own.
  env: { ...process.env, DENO_NO_UPDATE_CHECK: "1", DENO_NO_PACKAGE_JSON: "1" },
});
child.on("error", (error) => fail(`expected to run ${deno}, found: ${error.message}`));
// A terminal sends Ctrl-C to both; this process stays until the program has cleaned up.
process.on("SIGINT", () => {});
for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("exit", (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
