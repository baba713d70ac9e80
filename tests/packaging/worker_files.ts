/** The program's workers as a reader finds them, to check those that the packaging finds. */

import { join } from "node:path";
import { ROOT } from "../../packaging/project.ts";

/** Folders without code of the program. */
const OTHERS = ["bench", "demo", "dist", "docs", "node_modules", "packaging", "samples", "tests"];

/** Files that listen to messages sent to their worker, sorted, from the root. */
export function workerFiles(folder = ""): string[] {
  return [...Deno.readDirSync(join(ROOT, folder))].flatMap(({ name, isDirectory }) => {
    const path = folder === "" ? name : `${folder}/${name}`;
    if (isDirectory) return name.startsWith(".") || OTHERS.includes(path) ? [] : workerFiles(path);
    if (!name.endsWith(".ts")) return [];
    return /^(self|globalThis)\.(onmessage|addEventListener)\b/m.test(Deno.readTextFileSync(join(ROOT, path)))
      ? [path]
      : [];
  }).sort();
}
