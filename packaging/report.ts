/** How the packaging scripts speak. */

/** A line on stdout. */
export function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

/** Runs a script; what goes wrong is one line on stderr and exit code 1. */
export async function failures(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    Deno.stderr.writeSync(new TextEncoder().encode(`chic: ${message}\n`));
    Deno.exit(1);
  }
}
