/** Progress of an encode on stderr: a bar on a terminal, a line every few seconds anywhere else. */

import type { EncodeProgress } from "../mod.ts";
import { bppText, psnrText, secondsText } from "./words.ts";

/** A display of progress; disposing of it leaves the cursor at the start of a clean line. */
export interface ProgressDisplay extends Disposable {
  /** Shows a moment of an encode, if it is time to. */
  readonly update: (progress: EncodeProgress) => void;
}

/** Where the display writes; a test puts its own in place of stderr. */
export interface ProgressSink {
  readonly isTerminal: boolean;
  /** Columns of the terminal. */
  readonly columns: number;
  /** No colours. */
  readonly plain: boolean;
  readonly write: (text: string) => void;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
}

const TERMINAL_INTERVAL_MS = 80;
const LOG_INTERVAL_MS = 5000;

/** Opens the display on stderr, or one that shows nothing. */
export function openProgress(where: "stderr" | "none"): ProgressDisplay {
  return where === "none" ? { update: () => {}, [Symbol.dispose]: () => {} } : displayOn(stderrSink());
}

/** A display on any sink. */
export function displayOn(sink: ProgressSink): ProgressDisplay {
  const interval = sink.isTerminal ? TERMINAL_INTERVAL_MS : LOG_INTERVAL_MS;
  let shownAt = -Infinity;
  let shownStage = "";
  const update = (progress: EncodeProgress) => {
    if (progress.stage === shownStage && sink.now() - shownAt < interval) return;
    shownAt = sink.now();
    shownStage = progress.stage;
    sink.write(sink.isTerminal ? terminalLine(progress, sink) : `${progressText(progress)}\n`);
  };
  const clear = () => {
    if (sink.isTerminal && shownStage !== "") sink.write(CLEAR_LINE);
  };
  return { update, [Symbol.dispose]: clear };
}

const CLEAR_LINE = "\r\x1b[2K";
const GREEN = "\x1b[32m";
const RESET = "\x1b[0m";
/** Cells of the bar; one that would be shorter is left out. */
const BAR = { least: 8, most: 30 } as const;

function terminalLine(progress: EncodeProgress, sink: ProgressSink): string {
  // A line that wraps could not be cleared.
  const columns = Math.max(sink.columns - 1, 20);
  const text = progress.stage === "training" ? barFields(progress) : progressText(progress);
  const cells = Math.min(BAR.most, columns - text.length - "[]  ".length);
  if (progress.stage !== "training" || cells < BAR.least) return CLEAR_LINE + text.slice(0, columns);
  const full = Math.floor(cells * progress.iteration / progress.iterations);
  const [done, left] = ["#".repeat(full), "-".repeat(cells - full)];
  return `${CLEAR_LINE}[${sink.plain ? done : GREEN + done + RESET}${left}]  ${text}`;
}

/** ` 30%  600/2000  0.4123 bpp  33.41 dB  1m32s left`: what stands beside the bar. */
function barFields({ iteration, iterations, bpp, psnrDb, secondsLeft }: EncodeProgress): string {
  return [
    percentText(iteration, iterations).padStart(4),
    `${iteration}/${iterations}`,
    bppText(bpp),
    psnrText(psnrDb),
    `${secondsText(secondsLeft)} left`,
  ].join("  ");
}

function percentText(iteration: number, iterations: number): string {
  return `${Math.floor(100 * iteration / iterations)}%`;
}

/** `training 600/2000 (30%)  0.4123 bpp  33.41 dB  15.2 it/s  1m32s left`; stages without iterations are shorter. */
export function progressText(progress: EncodeProgress): string {
  const { stage, iteration, iterations, bpp, psnrDb, iterationsPerSecond, secondsLeft } = progress;
  if (stage !== "training") return [stage, bppText(bpp), psnrText(psnrDb)].join("  ");
  return [
    `${stage} ${iteration}/${iterations} (${percentText(iteration, iterations)})`,
    bppText(bpp),
    psnrText(psnrDb),
    `${iterationsPerSecond.toFixed(1)} it/s`,
    `${secondsText(secondsLeft)} left`,
  ].join("  ");
}

function stderrSink(): ProgressSink {
  const isTerminal = Deno.stderr.isTerminal() && Deno.env.get("TERM") !== "dumb";
  const encoder = new TextEncoder();
  return {
    isTerminal,
    // Some pseudo-terminals say that they are 0 columns wide.
    get columns() {
      return isTerminal && Deno.consoleSize().columns || 80;
    },
    plain: Deno.noColor,
    write: (text) => Deno.stderr.writeSync(encoder.encode(text)),
    now: () => performance.now(),
  };
}
