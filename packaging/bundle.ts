/** Modules as single JavaScript files. */

import { ROOT } from "./project.ts";
import { denoText } from "./run_deno.ts";

/** How to bundle. */
export interface BundleOptions {
  readonly platform: "browser" | "deno";
  /** Folder that holds the module and the `deno.json` of its imports; default: the root. */
  readonly cwd?: string;
}

/** One JavaScript module with everything that `entry`, a path from `cwd`, imports; the same text wherever it is made. */
export async function bundleText(entry: string, { platform, cwd = ROOT }: BundleOptions): Promise<string> {
  const text = await denoText(["bundle", "--quiet", "--no-lock", "--platform", platform, entry], { cwd });
  // A first line for shells would run with other permissions; the names of sources are those of this machine.
  return text.replace(/^#!.*\n/, "").replace(/^\/\/ \S+\.(?:[cm]?[jt]s|json)\n/gm, "");
}
