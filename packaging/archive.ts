/** Archives that are the same bytes whenever and wherever they are made. */

import { Buffer } from "node:buffer";
import { gzipSync } from "node:zlib";
import { createTar } from "nanotar";
import type { Files } from "./bundle_program.ts";

/** What to archive. */
export interface ArchiveOptions {
  /** Folder inside the archive; default: none. */
  readonly folder?: string;
  /** Names of files that can be run. */
  readonly executables: readonly string[];
}

/** Zeros at the end of an archive. */
const END_BYTES = 1024;

/** A gzipped tar file, owned by nobody in particular, dated 1985 as npm does: tar tools warn of 1970. */
export function archive(files: Files, { folder, executables }: ArchiveOptions): Uint8Array<ArrayBuffer> {
  const names = [...files.keys()].sort();
  const tar = createTar(
    names.map((name) => ({
      name: folder === undefined ? name : `${folder}/${name}`,
      data: files.get(name)!,
      attrs: { mode: executables.includes(name) ? "755" : "644" },
    })),
    { attrs: { uid: 0, gid: 0, mtime: Date.UTC(1985, 9, 26, 8, 15) } },
  );
  // Two blocks of zeros end an archive; with fewer, by the sizes of the files, tar warns.
  return new Uint8Array(gzipSync(Buffer.concat([tar, new Uint8Array(END_BYTES)])));
}
