/** `encode`: from pictures to `.chic` files. */

import { PICTURE_EXTENSIONS } from "../files/formats.ts";
import { readFile } from "../files/read_file.ts";
import { type EncodeReport, MAX_THREADS, readInfo } from "../mod.ts";
import { encodeFile } from "./encode_file.ts";
import type { EncodeCommandOptions } from "./encode_options.ts";
import { reportFields, reportText } from "./encode_report.ts";
import { checkOptions, fileOptions } from "./encode_settings.ts";
import { ArgumentError } from "./errors.ts";
import { type FileJob, jobNames, namesMany, planJobs } from "./inputs.ts";
import { interruptible } from "./interrupt.ts";
import { type LogFields, runMany } from "./many.ts";
import { chooseOutput } from "./paths.ts";
import { printResult } from "./print.ts";
import { openProgress } from "./progress.ts";
import { quietVulkan } from "./quiet_vulkan.ts";
import { takeShard } from "./shard.ts";

/** Encodes one picture or many; prints the result on stdout. */
export async function encodeCommand(positional: readonly string[], options: EncodeCommandOptions): Promise<void> {
  const inputs = options.input === undefined ? positional : [options.input, ...positional];
  if (inputs.length === 0) throw new ArgumentError("missing required argument 'inputs'");
  checkOptions(options);
  quietVulkan();
  if (namesMany(inputs)) await encodeMany(inputs, options);
  else await encodeOne(inputs[0], options);
}

async function encodeOne(input: string, options: EncodeCommandOptions): Promise<void> {
  const output = chooseOutput({ input, output: options.output, extension: ".chic", force: options.force });
  const report = await interruptible(async (signal) => {
    using progress = openProgress(options.quiet ? "none" : "stderr");
    const context = { signal, threads: options.threads, startedAt: 0, onProgress: progress.update };
    return await encodeFile({ input, output }, options, context);
  });
  printReport(report, { input, output }, options);
}

async function encodeMany(inputs: readonly string[], options: EncodeCommandOptions): Promise<void> {
  for (const [flag, path] of Object.entries(fileOptions(options))) {
    if (path !== undefined) {
      throw new ArgumentError(`expected one picture with ${flag}, found several or a folder`);
    }
  }
  const plan = { extensions: PICTURE_EXTENSIONS, outputExtension: ".chic", outputFolder: options.output };
  const all = planJobs(inputs, plan);
  const jobs = options.shard ? takeShard(all, options.shard) : all;
  await interruptible(async (signal) => {
    const work = async (job: FileJob): Promise<LogFields> => {
      // Several bars on one line would be unreadable.
      using progress = openProgress(options.quiet || options.jobs > 1 ? "none" : "stderr");
      const context = { signal, threads: threadsPerJob(options), startedAt: performance.now() };
      chooseOutput({ ...job, output: options.output && job.output, extension: ".chic", force: options.force });
      const report = await encodeFile(job, options, { ...context, onProgress: progress.update });
      if (options.json) printReport(report, job, options);
      return reportFields(report);
    };
    await runMany(jobs, {
      ...{ jobs: options.jobs, log: options.log, quiet: options.quiet ?? options.json ?? false, signal, work },
      isComplete: isCompleteFile,
      columns: {
        bytes: String,
        bpp: (value) => Number(value).toFixed(4),
        psnr_db: (value) => Number(value).toFixed(2),
      },
    });
  });
}

/** An equal share of the cores; 0, that is all of them, for one job at a time. */
function threadsPerJob({ threads, jobs }: EncodeCommandOptions): number {
  if (threads > 0 || jobs === 1) return threads;
  return Math.max(1, Math.min(MAX_THREADS, Math.floor(navigator.hardwareConcurrency / jobs)));
}

async function isCompleteFile(path: string): Promise<boolean> {
  try {
    readInfo(await readFile(path));
    return true;
  } catch {
    return false;
  }
}

function printReport(report: EncodeReport, job: FileJob, { json, quiet }: EncodeCommandOptions): void {
  const names = jobNames(job);
  if (json) printResult(job.output, JSON.stringify({ ...names, ...reportFields(report) }));
  else if (!quiet) printResult(job.output, reportText(report, names));
}
