#!/usr/bin/env -S deno run -A
/** The command line: `encode`, `decode` and `info`. */

import { runCommandLine } from "./cli/program.ts";

if (import.meta.main) Deno.exit(await runCommandLine(Deno.args));
