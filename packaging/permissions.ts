/** What the program may do, in the words of `deno run`. Everything else is refused: network, processes, native libraries. */

/** Environment variables that the program, its command-line parser and Node's `glob` look at. */
const ENVIRONMENT = [
  ...["XDG_RUNTIME_DIR", "TMPDIR", "NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE"],
  ...["TERM", "TERM_PROGRAM", "KITTY_WINDOW_ID", "TMUX", "STY", "__MINIMATCH_TESTING_PLATFORM__"],
];

/** Flags of `deno run` and `deno compile`; the README and the first line of `cli.ts` say the same, and a test compares. */
export const PERMISSIONS: readonly string[] = [
  "--allow-read",
  "--allow-write",
  `--allow-env=${ENVIRONMENT.join(",")}`,
  "--allow-sys=systemMemoryInfo",
];

/** Flags for a program that lies in one folder with all it needs: it asks nobody and fetches nothing. */
export const RUN_FLAGS: readonly string[] = [
  ...["--quiet", "--no-config", "--no-lock", "--no-remote", "--no-npm", "--no-prompt"],
  ...PERMISSIONS,
];
