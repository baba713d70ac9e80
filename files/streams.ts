/** The standard streams as files: their name is `-`. */

import { WriteError } from "./errors.ts";

/** The name that stands for standard input or output. */
export const STREAM = "-";

/** An input as messages call it. */
export function inputName(path: string): string {
  return path === STREAM ? "stdin" : path;
}

/** An output as messages call it. */
export function outputName(path: string): string {
  return path === STREAM ? "stdout" : path;
}

/** Everything on standard input. */
export async function readStdin(): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await new Response(Deno.stdin.readable).arrayBuffer());
}

/** Writes bytes to standard output. Throws a `WriteError` if nobody reads them. */
export function writeStdout(bytes: Uint8Array): void {
  try {
    for (let offset = 0; offset < bytes.length;) offset += Deno.stdout.writeSync(bytes.subarray(offset));
  } catch (error) {
    throw new WriteError(outputName(STREAM), error);
  }
}
