/** Works through many files: skips what is done, goes on after a bad one, keeps a log, ends with a table. */

import { dirname } from "node:path";
import { FileError } from "../files/errors.ts";
import { BatchError, oneLine } from "./errors.ts";
import type { FileJob } from "./inputs.ts";
import { Interrupted } from "./interrupt.ts";
import { printLine, printMessage } from "./print.ts";
import { columnsText, secondsText } from "./words.ts";

/** What became of a file; fields of the log. */
export type LogFields = Readonly<Record<string, string | number>>;

/** What the runner is told. */
export interface ManyOptions {
  /** Files at a time. */
  readonly jobs: number;
  /** File to append the log to. */
  readonly log: string | undefined;
  readonly quiet: boolean;
  /** Whether the output is complete. */
  readonly isComplete: (output: string) => Promise<boolean>;
  /** Works on one file; gives what the log and the table say of it. */
  readonly work: (job: FileJob) => Promise<LogFields>;
  /** Fields that the table shows, and how. */
  readonly columns: Readonly<Record<string, (value: string | number) => string>>;
  readonly signal: AbortSignal;
}

interface Entry {
  readonly job: FileJob;
  readonly status: "done" | "skipped" | "failed";
  readonly seconds: number;
  readonly fields: LogFields;
  readonly error?: unknown;
}

/** Runs all jobs; prints the table. Throws a `BatchError` that lists the files that failed, if any did. */
export async function runMany(jobs: readonly FileJob[], options: ManyOptions): Promise<void> {
  const entries: Entry[] = [];
  const queue = jobs.entries();
  const worker = async () => {
    for (const [index, job] of queue) {
      options.signal.throwIfAborted();
      const entry = await runOne(job, options);
      entries[index] = entry;
      appendLog(options.log, entry);
      if (!options.quiet) printMessage(`[${index + 1}/${jobs.length}] ${entryText(entry)}`);
    }
  };
  await Promise.all(Array.from({ length: Math.min(options.jobs, jobs.length) }, worker));
  if (!options.quiet) printLine(tableText(entries, options.columns));
  const failed = entries.filter(({ status }) => status === "failed");
  if (failed.length > 0) {
    throw new BatchError(
      `${failed.length} of ${entries.length} files failed: ${failed.map(({ job }) => job.input).join(", ")}`,
      failed.every(({ error }) => error instanceof FileError),
    );
  }
}

async function runOne(job: FileJob, { isComplete, work, signal }: ManyOptions): Promise<Entry> {
  const start = performance.now();
  const seconds = () => (performance.now() - start) / 1000;
  try {
    if (isNewer(job) && await isComplete(job.output)) return { job, status: "skipped", seconds: seconds(), fields: {} };
    Deno.mkdirSync(dirname(job.output), { recursive: true });
    return { job, status: "done", fields: await work(job), seconds: seconds() };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Interrupted) throw error;
    const message = oneLine(error instanceof Error ? error.message : String(error));
    return { job, status: "failed", seconds: seconds(), fields: { error: message }, error };
  }
}

/** Whether the output is there and at least as new as the input. */
function isNewer({ input, output }: FileJob): boolean {
  try {
    const [made, needed] = [Deno.statSync(output).mtime, Deno.statSync(input).mtime];
    return made !== null && needed !== null && made >= needed;
  } catch {
    return false;
  }
}

function appendLog(path: string | undefined, { job, status, seconds, fields }: Entry): void {
  if (path === undefined) return;
  const line = { time: new Date().toISOString(), status, ...job, seconds, ...fields };
  try {
    Deno.writeTextFileSync(path, `${JSON.stringify(line)}\n`, { append: true });
  } catch (error) {
    throw new FileError(
      path,
      `expected a log that can be written, found: ${error instanceof Error ? error.message : error}`,
    );
  }
}

function entryText({ job, status, seconds, fields }: Entry): string {
  if (status === "failed") return `failed: ${fields.error}`;
  if (status === "skipped") return `skipped: ${job.output} is newer than ${job.input}`;
  return `${job.input} -> ${job.output}: ${secondsText(seconds)}`;
}

function tableText(entries: readonly Entry[], columns: ManyOptions["columns"]): string {
  const names = Object.keys(columns);
  const rows = entries.map(({ job, status, seconds, fields }) => [
    job.input,
    status,
    ...names.map((name) => fields[name] === undefined ? "" : columns[name](fields[name])),
    status === "done" ? secondsText(seconds) : "",
  ]);
  const count = (status: Entry["status"]) => entries.filter((entry) => entry.status === status).length;
  const total = `${entries.length} files: ${count("done")} done, ${count("skipped")} skipped, ${
    count("failed")
  } failed`;
  return `${columnsText([["file", "status", ...names, "time"], ...rows])}\n${total}`;
}
