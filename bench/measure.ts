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

/** The processor's name and its threads, as the system tells it. */
export function machineName(): string {
  let model = `${Deno.build.arch} ${Deno.build.os}`;
  try {
    model = /model name\s*:\s*(.+)/.exec(Deno.readTextFileSync("/proc/cpuinfo"))?.[1] ?? model;
  } catch {
    // Not Linux: the architecture has to do.
  }
  return `${model}, ${navigator.hardwareConcurrency} threads, Deno ${Deno.version.deno}`;
}
