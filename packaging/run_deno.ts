/** Runs Deno's own tools. */

import { ROOT } from "./project.ts";

/** What a tool printed and how it ended. */
export interface ToolOutcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Surroundings of a tool. */
export interface ToolOptions {
  /** Folder to run in; default: the root. */
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs this Deno to its end, without colours. */
export async function runDeno(
  args: readonly string[],
  { cwd = ROOT, env = {} }: ToolOptions = {},
): Promise<ToolOutcome> {
  const options: Deno.CommandOptions = { args: [...args], cwd, env: { ...env, NO_COLOR: "1" }, stdin: "null" };
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), options).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

/** Runs this Deno and gives what it printed. Throws an `Error` with its messages if it fails. */
export async function denoText(args: readonly string[], options: ToolOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await runDeno(args, options);
  if (code !== 0) throw new Error(`deno ${args.join(" ")}: exit code ${code}: ${stderr.trim()}`);
  return stdout;
}
