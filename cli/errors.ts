/** How failures reach the user: one line on stderr and an exit code that says who must act. */

import { FileError } from "../files/errors.ts";
import { BitstreamError, LimitError } from "../mod.ts";
import { Interrupted } from "./interrupt.ts";

/** Exit code for bad input or arguments. */
export const INPUT_EXIT_CODE = 2;
/** Exit code for anything else that went wrong: no GPU, a full disk, a fault of this program. */
const FAILURE_EXIT_CODE = 1;

/** The command line itself makes no sense. */
export class ArgumentError extends Error {
  override readonly name = "ArgumentError";
}

/** Some of many files failed; each has been told of already. */
export class BatchError extends Error {
  override readonly name = "BatchError";
  /** Whether it was the fault of the files. */
  readonly badInput: boolean;

  constructor(message: string, badInput: boolean) {
    super(message);
    this.badInput = badInput;
  }
}

/** The exit code for a failed command. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof Interrupted) return error.exitCode;
  const badInput = error instanceof FileError || error instanceof ArgumentError ||
    error instanceof BatchError && error.badInput;
  return badInput ? INPUT_EXIT_CODE : FAILURE_EXIT_CODE;
}

/** Runs `work` on a file, so that every error that leaves it names that file. */
export async function naming<T>(path: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof FileError || error instanceof Interrupted) throw error;
    const message = error instanceof Error ? error.message : String(error);
    if (error instanceof BitstreamError || error instanceof LimitError) {
      throw new FileError(path, message, { cause: error });
    }
    throw new Error(`${path}: ${message}`, { cause: error });
  }
}

/** Text without line breaks and other control characters, which a file name may hold. */
export function oneLine(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.trim().replace(/\s*[\r\n]+\s*/g, " ").replace(/[\x00-\x1f\x7f-\x9f]/g, "?");
}
