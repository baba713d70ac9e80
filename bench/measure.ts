/** Timing for benches: the best of several rounds, each long enough for the clock. */

/** Milliseconds per call: the minimum over `rounds` of at least `roundMs` each, after one round of warm-up. */
export function bestMilliseconds(work: () => void, { rounds = 7, roundMs = 20 } = {}): number {
  let best = Infinity;
  for (let round = 0; round <= rounds; round++) {
    const start = performance.now();
    let calls = 0;
    do {
      work();
      calls++;
    } while (performance.now() - start < roundMs);
    if (round > 0) best = Math.min(best, (performance.now() - start) / calls);
  }
  return best;
}

/** `MSE + lambda * bpp`, samples scaled to 0..1. */
export function rateDistortionLoss(psnrDb: number, lambda: number, bpp: number): number {
  return 10 ** (-psnrDb / 10) + lambda * bpp;
}

/** A text table: left-aligned first column, the others right-aligned. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((name, i) => Math.max(name.length, ...rows.map((row) => row[i].length)));
  const line = (cells: readonly string[]) =>
    cells.map((cell, i) => i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])).join("  ").trimEnd();
  return [line(header), widths.map((width) => "-".repeat(width)).join("  "), ...rows.map(line)].join("\n");
}

/** The processor's name, family and model, and its threads, as the system tells it. */
export function machineName(): string {
  return `${processorName()}, ${navigator.hardwareConcurrency} threads, Deno ${Deno.version.deno}`;
}

/** Virtual machines hide the make behind one name for all, but not family and model. */
function processorName(): string {
  try {
    const text = Deno.readTextFileSync("/proc/cpuinfo");
    const field = (name: string) => new RegExp(`^${name}\\s*:\\s*(.+)$`, "m").exec(text)?.[1];
    const [name, family, model] = [field("model name"), field("cpu family"), field("model")];
    if (name !== undefined && family !== undefined) return `${name} (family ${family}, model ${model})`;
    if (name !== undefined) return name;
  } catch {
    // Not Linux: the architecture has to do.
  }
  return `${Deno.build.arch} ${Deno.build.os}`;
}
