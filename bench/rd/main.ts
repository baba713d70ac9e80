/** `deno task rd`: encodes a folder of pictures over a set of lambdas and compares the result with published curves. */

import { Command, Option } from "@commander-js/extra-typings";
import { join } from "node:path";
import { interruptible } from "../../cli/interrupt.ts";
import { numberOption } from "../../cli/numbers.ts";
import { printLine, printMessage } from "../../cli/print.ts";
import { openProgress } from "../../cli/progress.ts";
import { quietVulkan } from "../../cli/quiet_vulkan.ts";
import { bppText, secondsText } from "../../cli/words.ts";
import { FileError } from "../../files/errors.ts";
import { readFile, readImage } from "../../files/read_file.ts";
import { checkWritable, writeFile } from "../../files/write_file.ts";
import { decode, type EffortName, EFFORTS, ENCODE_DEFAULTS, MAX_THREADS, PRESET_CHOICES } from "../../mod.ts";
import { commitName, distinctNumbersOption, runCommand } from "../command.ts";
import { machineName, table } from "../measure.ts";
import { makeFolder, type PictureFile, picturesIn } from "../pictures.ts";
import { openResults } from "../results_table.ts";
import { type AnchorSet, loadAnchors, loadComparison } from "./anchors.ts";
import { encodeAll, encodedPath } from "./encode_all.ts";
import { type Measurement, type ResultRow, toMeasurements } from "./measurement.ts";
import { curvesSvg, htmlReport } from "./report.ts";
import { averagesTable, bdRateTable, type RunData, summarise, tsvText } from "./summary.ts";

/** Those of the published Cool-chic tables, so that their curves have points in the same places. */
const LAMBDAS = [0.0001, 0.0004, 0.001, 0.004, 0.02];

const EFFORT_NAMES = Object.keys(EFFORTS) as EffortName[];

const command = new Command("rd")
  .description(
    "Encode a folder of pictures over a set of lambdas; write a table and a report. Goes on where it was stopped",
  )
  .requiredOption("--images <folder>", "pictures: PNG")
  .requiredOption("--out <folder>", "folder for results.tsv, report.html and the files")
  .option(
    "--lambdas <list>",
    "prices of a bit, separated by commas",
    distinctNumbersOption({ min: 1e-6, max: 10 }),
    LAMBDAS,
  )
  .addOption(
    new Option("--preset <size>", "size of the decoder").choices(PRESET_CHOICES).default(ENCODE_DEFAULTS.preset),
  )
  .addOption(
    new Option("--effort <level>", "work for a small file").choices(EFFORT_NAMES).default(ENCODE_DEFAULTS.effort),
  )
  .option(
    "--iterations <count>",
    "training iterations (default: those of the effort)",
    numberOption({ min: 1, max: 10_000_000, integer: true }),
  )
  .option("--seed <number>", "seed", numberOption({ min: 0, max: 2 ** 32 - 1, integer: true }), ENCODE_DEFAULTS.seed)
  .addOption(
    new Option("--device <kind>", "where to train").choices(["auto", "cpu", "gpu"]).default(ENCODE_DEFAULTS.device),
  )
  .option(
    "--threads <count>",
    "CPU threads; 0: one per core",
    numberOption({ min: 0, max: MAX_THREADS, integer: true }),
    0,
  )
  .option("--anchors <folder>", "published results to compare with")
  .option("--compare <files...>", "other tables of results, such as those of `deno task peers`")
  .exitOverride();

type Options = ReturnType<typeof command.opts>;

/** Runs the command; gives the exit code. */
export async function rd(args: readonly string[]): Promise<number> {
  command.parse(args, { from: "user" });
  const options = command.opts();
  const pictures = picturesIn(options.images);
  const set = anchorsOf(options, pictures);
  const peers = (options.compare ?? []).flatMap(loadComparison);
  const files = join(options.out, "files");
  makeFolder(files);
  for (const name of ["report.html", "curves.svg", "averages.tsv", "bd_rates.tsv"]) {
    checkWritable(join(options.out, name));
  }
  const results = openResults(join(options.out, "results.tsv"));
  quietVulkan();
  await interruptible((signal) => encodePictures(options, { pictures, files, results, signal }));
  const rows = toMeasurements(results.rows, { path: results.path, codec: "chic" })
    .filter(({ image }) => pictures.some(({ name }) => name === image));
  await report({ rows, set, peers }, { options, pictures, files });
  return 0;
}

/** The anchors for these pictures, from the folder that was named, if any. */
function anchorsOf({ anchors }: Options, pictures: readonly PictureFile[]): AnchorSet | undefined {
  if (anchors === undefined) return undefined;
  if (!isFolder(anchors)) throw new FileError(anchors, "expected a folder of published results, found none");
  return loadAnchors(anchors, pictures.map(({ name }) => name));
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

/** What encoding works with. */
interface EncodeContext {
  readonly pictures: readonly PictureFile[];
  readonly files: string;
  readonly results: ReturnType<typeof openResults>;
  readonly signal: AbortSignal;
}

async function encodePictures(options: Options, { pictures, files, results, signal }: EncodeContext): Promise<void> {
  const { lambdas, preset, effort, seed, device, threads } = options;
  const iterations = options.iterations ?? EFFORTS[effort].iterations;
  using progress = openProgress("stderr");
  const commit = commitName();
  const others = new Set(results.rows.map((row) => row.commit).filter((name) => name !== commit));
  if (others.size > 0) printMessage(`warning: ${results.path} has rows of other commits: ${[...others].join(", ")}`);
  await encodeAll({
    ...{ pictures, lambdas, results, commit, folder: files },
    settings: { preset, effort, iterations, seed, device, threads },
    hooks: {
      signal,
      onProgress: progress.update,
      onWarning: (message) => printMessage(`warning: ${message}`),
    },
    onResult: (row, left) => printMessage(`${resultText(row)}; ${left} left`),
  });
}

function resultText(row: ResultRow): string {
  const size = `${row.bytes} bytes, ${bppText(Number(row.bpp))}, ${row.psnr_db} dB`;
  return `${row.image}, lambda ${row.lambda}: ${size}, ${secondsText(Number(row.seconds))}`;
}

/** What the report needs besides the numbers. */
interface ReportContext {
  readonly options: Options;
  readonly pictures: readonly PictureFile[];
  readonly files: string;
}

async function report(data: RunData, { options, pictures, files }: ReportContext): Promise<void> {
  const summaries = summarise(data);
  const [averages, rates] = [averagesTable(summaries), bdRateTable(summaries)];
  const html = await htmlReport({
    ...{ ...data, summaries, machine: machineName() },
    original: (image) => readImage(pictures.find(({ name }) => name === image)!.path),
    decoded: (row) => decodedPicture(files, row),
  });
  const save = (name: string, text: string) => writeFile(join(options.out, name), new TextEncoder().encode(text));
  save("averages.tsv", tsvText(averages));
  save("bd_rates.tsv", tsvText(rates));
  save("report.html", html);
  save("curves.svg", curvesSvg({ ...data, summaries }));
  printLine(table(averages.header, averages.rows));
  if (rates.rows.length > 0) printLine(`\n${table(rates.header, rates.rows)}`);
  printLine(`\n${join(options.out, "report.html")}`);
}

async function decodedPicture(folder: string, { row }: Measurement) {
  const path = encodedPath(folder, row as ResultRow);
  try {
    Deno.statSync(path);
  } catch {
    return undefined; // the table came without its files
  }
  return decode(await readFile(path));
}

if (import.meta.main) Deno.exitCode = await runCommand("rd", () => rd(Deno.args));
