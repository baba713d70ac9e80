/** Runs the real command line as its users do: in a process, in a folder. */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PERMISSIONS } from "../../packaging/permissions.ts";
import { writePng } from "../../files/png_writer.ts";
import { testPicture } from "../files/png_maker.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** How a command ended. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command ready to be run or spawned in `folder`. */
export function chic(folder: string, args: readonly string[], stdin: "null" | "piped" = "null"): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", ...PERMISSIONS, "--config", join(ROOT, "deno.json"), join(ROOT, "cli.ts"), ...args],
    cwd: folder,
    env: { NO_COLOR: "1" },
    stdin,
    stdout: "piped",
    stderr: "piped",
  });
}

/** Runs a command to its end. */
export async function runChic(folder: string, ...args: string[]): Promise<Outcome> {
  const { code, stdout, stderr } = await chic(folder, args).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

/** Runs a command on bytes of standard input; gives those of its standard output. */
export async function pipeChic(folder: string, input: Uint8Array, ...args: string[]): Promise<{
  code: number;
  stdout: Uint8Array;
  stderr: string;
}> {
  const child = chic(folder, args, "piped").spawn();
  const written = new Response(input.slice().buffer).body!.pipeTo(child.stdin);
  const { code, stdout, stderr } = await child.output();
  await written;
  return { code, stdout, stderr: new TextDecoder().decode(stderr) };
}

/** Runs `work` in a folder that is there for it alone. */
export async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "chic_test_" });
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Puts a small picture into a folder. */
export function putPicture(folder: string, name = "photo.png"): void {
  Deno.writeFileSync(join(folder, name), writePng(testPicture(32, 24)));
}

/** The names in a folder, sorted. */
export function namesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}
