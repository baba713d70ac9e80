/** Which files a command works on, and where each one's output goes. */

import { basename, dirname, extname, join, matchesGlob, normalize, relative } from "node:path";
import { FileError } from "../files/errors.ts";
import { inputName, outputName, STREAM } from "../files/streams.ts";
import { ArgumentError } from "./errors.ts";

/** One file to work on. */
export interface FileJob {
  readonly input: string;
  readonly output: string;
}

/** The files of a job as messages call them: `-` is standard input or output. */
export function jobNames({ input, output }: FileJob): FileJob {
  return { input: inputName(input), output: outputName(output) };
}

/** A file with the folder that its place in an output folder is counted from. */
interface FoundFile {
  readonly path: string;
  readonly base: string;
}

/** Whether the inputs stand for a list of files rather than for one. */
export function namesMany(inputs: readonly string[]): boolean {
  if (inputs.length !== 1) return true;
  const [input] = inputs;
  return input !== STREAM && (isFolder(input) || isPattern(input));
}

/** What `planJobs` goes by. */
export interface JobPlan {
  /** Extensions of files that are taken from folders, lower case, with their dots. */
  readonly extensions: readonly string[];
  /** Extension of outputs, with its dot. */
  readonly outputExtension: string;
  /** Folder for the outputs; beside the inputs if undefined. */
  readonly outputFolder: string | undefined;
}

/**
 * The files that the inputs name, sorted, each once, with their outputs. Folders are searched to the bottom; files below one
 * keep their place in the output folder. A missing file stays in the list: it is the reader's to complain. Throws an
 * `ArgumentError` if there is none, if two would have one output, or for standard input or output among them.
 */
export function planJobs(inputs: readonly string[], plan: JobPlan): FileJob[] {
  if (inputs.includes(STREAM)) throw new ArgumentError("expected - (stdin) as the only input, found several inputs");
  if (plan.outputFolder === STREAM) throw new ArgumentError("expected a folder for many outputs, found - (stdout)");
  const found = new Map<string, FoundFile>();
  for (const input of inputs) {
    for (const file of expand(input, plan.extensions)) found.set(normalize(file.path), file);
  }
  const jobs = [...found.values()].sort((a, b) => a.path < b.path ? -1 : 1).map((file) => ({
    input: file.path,
    output: outputOf(file, plan),
  }));
  if (jobs.length === 0) {
    throw new ArgumentError(`expected files ${plan.extensions.join(", ")} in ${inputs.join(", ")}, found none`);
  }
  checkDistinct(jobs);
  return jobs;
}

function expand(input: string, extensions: readonly string[]): FoundFile[] {
  if (isFolder(input)) {
    return walk(input).filter((path) => extensions.includes(extname(path).toLowerCase()))
      .map((path) => ({ path, base: input }));
  }
  if (!isPattern(input)) return [{ path: input, base: dirname(input) }];
  const base = fixedPart(input);
  if (!isFolder(base)) return [];
  const pattern = normalize(input);
  return walk(base).filter((path) => matchesGlob(normalize(path), pattern)).map((path) => ({ path, base }));
}

/** A name with wildcards, unless a file of that very name exists. */
function isPattern(input: string): boolean {
  return /[*?[{]/.test(input) && !exists(input);
}

/** The folders of a pattern before its first wildcard. */
function fixedPart(pattern: string): string {
  const parts = dirname(pattern).split(/[\\/]/);
  const wild = parts.findIndex((part) => /[*?[{]/.test(part));
  const fixed = (wild < 0 ? parts : parts.slice(0, wild)).join("/");
  return fixed === "" ? (pattern.startsWith("/") ? "/" : ".") : fixed;
}

/** All files below a folder. Throws a `FileError` if it cannot be read. */
function walk(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].flatMap(({ name }) => {
      const path = join(folder, name);
      return isFolder(path) ? walk(path) : [path];
    });
  } catch (error) {
    if (error instanceof FileError) throw error;
    throw new FileError(folder, `expected a readable folder, found: ${error instanceof Error ? error.message : error}`);
  }
}

function outputOf({ path, base }: FoundFile, { outputFolder, outputExtension }: JobPlan): string {
  const name = basename(path, extname(path)) + outputExtension;
  const folder = outputFolder === undefined ? dirname(path) : join(outputFolder, relative(base, dirname(path)));
  return join(folder, name);
}

function checkDistinct(jobs: readonly FileJob[]): void {
  const inputs = new Map<string, string>();
  for (const { input, output } of jobs) {
    const other = inputs.get(output);
    if (other !== undefined) {
      throw new ArgumentError(
        `expected every input to have an output of its own, found ${output} for ${other} and ${input}`,
      );
    }
    inputs.set(output, input);
  }
}

function isFolder(path: string): boolean {
  return statOf(path)?.isDirectory ?? false;
}

function exists(path: string): boolean {
  return statOf(path) !== undefined;
}

function statOf(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch {
    return undefined;
  }
}
