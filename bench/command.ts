/** What the command lines of benchmarks share: numbers separated by commas, errors as one line, the version that ran. */

import { CommanderError, InvalidArgumentError } from "@commander-js/extra-typings";
import { exitCodeOf, INPUT_EXIT_CODE, oneLine } from "../cli/errors.ts";
import { numberOption, type NumberRange } from "../cli/numbers.ts";
import { printMessage } from "../cli/print.ts";

/** A parser for different numbers separated by commas; it throws commander's `InvalidArgumentError`. */
export function distinctNumbersOption(range: NumberRange): (text: string) => number[] {
  const parse = numberOption(range);
  return (text) => {
    const values = text.split(",").map(parse);
    if (new Set(values).size === values.length) return values;
    throw new InvalidArgumentError("Expected different numbers.");
  };
}

/** Runs a command; gives the exit code. Whatever goes wrong ends in one line on stderr. */
export async function runCommand(name: string, work: () => Promise<number>): Promise<number> {
  try {
    return await work();
  } catch (error) {
    // Commander has printed its own message, or the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : INPUT_EXIT_CODE;
    printMessage(`${name}: ${oneLine(error instanceof Error ? error.message : String(error))}`);
    return exitCodeOf(error);
  }
}

/** The commit that runs, with a + if files differ from it; `unknown` outside a repository. */
export function commitName(): string {
  const git = (...args: string[]) => {
    const options = { args, cwd: import.meta.dirname!, stdout: "piped", stderr: "null" } as const;
    const { success, stdout } = new Deno.Command("git", options).outputSync();
    return success ? new TextDecoder().decode(stdout).trim() : undefined;
  };
  try {
    const commit = git("rev-parse", "--short=10", "HEAD");
    if (commit === undefined) return "unknown";
    return git("status", "--porcelain", "--untracked-files=no") === "" ? commit : `${commit}+`;
  } catch {
    return "unknown"; // no git on this machine
  }
}
