/** `doctor`: what this machine offers, what is missing, and what to do about it. */

import { inspectMachine, type MachineReport, MAX_MEMORY_BYTES } from "../mod.ts";
import { printLine } from "./print.ts";
import { quietVulkan } from "./quiet_vulkan.ts";
import { VERSION } from "./version.ts";
import { rowsText } from "./words.ts";

/** Options of the command. */
export interface DoctorCommandOptions {
  readonly json?: true | undefined;
}

interface Findings extends MachineReport {
  /** Bytes. */
  readonly memory: { readonly total: number; readonly available: number };
}

/** Training takes about so much memory: the measured figure of docs/measured.md. */
const BYTES_PER_PIXEL = 250;

/** Prints what was found on stdout. */
export async function doctorCommand({ json }: DoctorCommandOptions): Promise<void> {
  quietVulkan();
  const { total, available } = Deno.systemMemoryInfo();
  const findings: Findings = { ...await inspectMachine(), memory: { total, available } };
  const advice = adviceFor(findings);
  printLine(json ? JSON.stringify(toJson(findings, advice)) : toWords(findings, advice));
}

/** What to do, one line each; empty where nothing is missing. */
export function adviceFor({ adapter, wasmSimd, cpuTraining, memory }: Findings): string[] {
  const advice: string[] = [];
  if (!adapter || adapter.software) {
    advice.push(
      "no GPU: encoding runs on the CPU; for a GPU install its driver and the Vulkan loader" +
        (Deno.build.os === "linux" ? " (Debian: libvulkan1 and the vendor's driver)" : ""),
    );
  }
  if (!wasmSimd) advice.push("no WebAssembly SIMD: decoding is slow, and encoding needs a GPU; use a newer Deno");
  else if (!cpuTraining) advice.push("training cannot start on the CPU: shared memory or workers are refused");
  if (memory.available < 1e9) advice.push("less than 1 GB of memory is free: only small pictures can be encoded");
  return advice;
}

function toJson({ adapter, threads, wasmSimd, cpuTraining, memory }: Findings, advice: readonly string[]) {
  return {
    ...{ version: VERSION, deno: Deno.version.deno, os: Deno.build.os, arch: Deno.build.arch },
    gpu: adapter ?? null,
    threads,
    wasm_simd: wasmSimd,
    cpu_training: cpuTraining,
    memory_bytes: memory.total,
    memory_available_bytes: memory.available,
    advice,
  };
}

function toWords({ adapter, threads, wasmSimd, cpuTraining, memory }: Findings, advice: readonly string[]): string {
  const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;
  const kind = adapter?.software ? "a software driver, not used" : "used by --device auto";
  const megapixels = Math.floor(Math.min(memory.available, MAX_MEMORY_BYTES) / BYTES_PER_PIXEL / 1e6);
  return rowsText([
    ["chic", `${VERSION}, Deno ${Deno.version.deno}, ${Deno.build.os} ${Deno.build.arch}`],
    ["GPU", adapter ? `${adapter.name} (${kind})` : "none"],
    ["CPU", `${threads} threads, training ${cpuTraining ? "works" : "does not work"}`],
    ["SIMD", wasmSimd ? "yes (WebAssembly)" : "no"],
    [
      "memory",
      `${gigabytes(memory.available)} of ${gigabytes(memory.total)} free: up to about ${megapixels} megapixels`,
    ],
    ...advice.map((line): [string, string] => ["to do", line]),
  ]);
}
