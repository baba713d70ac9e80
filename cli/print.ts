/** Text on the standard streams, whole lines at a time. */

import { STREAM } from "../files/streams.ts";

const ENCODER = new TextEncoder();

/** Results and tables, on stdout. */
export function printLine(text: string): void {
  write(Deno.stdout, `${text}\n`);
}

/** The result of a command that writes to `output`: on stdout, or on stderr where the file itself goes to stdout. */
export function printResult(output: string, text: string): void {
  if (output === STREAM) printMessage(text);
  else printLine(text);
}

/** Text that ends its lines itself, on stdout. */
export function printText(text: string): void {
  write(Deno.stdout, text);
}

/** Messages to the person at the terminal, on stderr. */
export function printMessage(text: string): void {
  write(Deno.stderr, `${text}\n`);
}

function write(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  const bytes = ENCODER.encode(text);
  try {
    for (let offset = 0; offset < bytes.length;) offset += stream.writeSync(bytes.subarray(offset));
  } catch (error) {
    // The reader has seen enough (`chic info FILE | head -1`).
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}
