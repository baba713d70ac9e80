/** The list of files that `deno compile` says it has embedded. */

/** What is in an executable. */
export interface EmbeddedFiles {
  /** Paths from the root of the embedded files. */
  readonly files: readonly string[];
  /** Folders that are embedded with all that is in them; their files are not listed. */
  readonly wholeFolders: readonly string[];
}

/** Lines such as `│ ├── worker.ts (1.2KB)`; two columns per level. */
const LINE = /^((?:│ | {2})*)[├└]─[─┬] (.+) \([^()]*\)$/;

/** Reads the tree after "Embedded Files". Throws an `Error` if there is none. */
export function readEmbeddedFiles(output: string): EmbeddedFiles {
  const [, tree] = output.split("Embedded Files");
  if (tree === undefined) throw new Error("expected a list of embedded files from deno compile, found none");
  const folders: string[] = [];
  const [files, wholeFolders]: string[][] = [[], []];
  for (const line of tree.split("\n")) {
    const [, indent, name] = LINE.exec(line) ?? [];
    if (name === undefined) continue;
    folders.length = indent.length / 2;
    const path = [...folders, name].join("/");
    if (name.endsWith("/*")) wholeFolders.push(path.slice(0, -2));
    else if (line.includes("─┬ ")) folders.push(name);
    else files.push(path);
  }
  return { files, wholeFolders };
}

/** Whether a file, named by its path from the root, is embedded. */
export function isEmbedded(path: string, { files, wholeFolders }: EmbeddedFiles): boolean {
  return files.includes(path) || wholeFolders.some((folder) => path.startsWith(`${folder}/`));
}
