#!/usr/bin/env -S deno run --allow-read --allow-write --allow-env=XDG_RUNTIME_DIR,TMPDIR,NO_COLOR,FORCE_COLOR,CLICOLOR_FORCE,TERM,TERM_PROGRAM,KITTY_WINDOW_ID,TMUX,STY,__MINIMATCH_TESTING_PLATFORM__ --allow-sys=systemMemoryInfo
/** The command line: `encode`, `decode` and `info`. */

import { runCommandLine } from "./cli/program.ts";

if (import.meta.main) Deno.exit(await runCommandLine(Deno.args));
