/** `deno task bench:check`: compares a short fixed set with `bench/baseline.json` and says what moved. */

import { Command } from "@commander-js/extra-typings";
import { fileURLToPath } from "node:url";
import { printLine, printMessage } from "../../cli/print.ts";
import { FileError } from "../../files/errors.ts";
import { readFile } from "../../files/read_file.ts";
import { writeFile } from "../../files/write_file.ts";
import { runCommand } from "../command.ts";
import { machineName } from "../measure.ts";
import { ENCODE_CASES, type EncodeOutcome, runCase } from "./cases.ts";
import { type Baseline, type Change, compareBaseline } from "./compare_baseline.ts";
import { measureRatios } from "./timings.ts";

const BASELINE = fileURLToPath(new URL("../baseline.json", import.meta.url));

const command = new Command("bench:check")
  .description("Compare sizes, PSNR and times of a short fixed set with the stored ones; exits with 1 if one is worse")
  .option("--update", "store what this run gives")
  .option("--deterministic", "sizes and PSNR only, no times; an update keeps the stored ones")
  .option("--baseline <file>", "another file than bench/baseline.json", BASELINE)
  .exitOverride();

/** Runs the command; gives the exit code: 1 if something is worse than it may be. */
export async function check(args: readonly string[]): Promise<number> {
  command.parse(args, { from: "user" });
  const { update, deterministic, baseline } = command.opts();
  const stored = update && !deterministic ? undefined : await readBaseline(baseline);
  const encodes = await runCases();
  if (update || !stored) {
    // Encodes are the same on every machine; the one that is named is that of the ratios.
    const { machine, ratios } = stored ?? { machine: machineName(), ratios: await measureRatios() };
    const text = JSON.stringify({ machine, encodes, ratios }, null, 2);
    writeFile(baseline, new TextEncoder().encode(`${text}\n`));
    printLine(`stored in ${baseline}`);
    return 0;
  }
  const after = deterministic ? { encodes } : { encodes, ratios: await measureRatios() };
  return printChanges(compareBaseline(stored, after));
}

async function runCases(): Promise<Record<string, EncodeOutcome>> {
  const encodes: Record<string, EncodeOutcome> = {};
  for (const one of ENCODE_CASES) {
    encodes[one.name] = await runCase(one);
    const { bytes, psnrDb } = encodes[one.name];
    printMessage(`${one.name}: ${bytes} bytes, ${psnrDb.toFixed(3)} dB`);
  }
  return encodes;
}

async function readBaseline(path: string): Promise<Baseline & { machine: string }> {
  const text = new TextDecoder().decode(await readFile(path));
  try {
    const { machine, encodes, ratios } = JSON.parse(text);
    if (encodes && ratios) return { machine, encodes, ratios };
  } catch {
    // Said below.
  }
  throw new FileError(path, "expected JSON with encodes and ratios, found something else (--update writes it)");
}

function printChanges(changes: readonly Change[]): number {
  for (const { text, failed } of changes) printLine(`${failed ? "WORSE  " : "moved  "} ${text}`);
  const failed = changes.filter((change) => change.failed).length;
  if (changes.length === 0) printLine("nothing moved");
  if (failed > 0) printLine(`${failed} beyond tolerance; if that is meant: deno task bench:check --update`);
  return failed > 0 ? 1 : 0;
}

if (import.meta.main) Deno.exitCode = await runCommand("bench:check", () => check(Deno.args));
