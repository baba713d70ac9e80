/** A checkpoint in a file. */

import { FileError } from "../files/errors.ts";
import { readIfThere } from "../files/read_file.ts";
import { checkWritable, writeFile } from "../files/write_file.ts";
import { CheckpointError, type CheckpointStore } from "../mod.ts";

/** A store in the file at `path`, replaced in one step every so many seconds. Throws a `FileError` if it cannot be written. */
export function checkpointFile(path: string, everySeconds: number): CheckpointStore & { remove(): void } {
  checkWritable(path);
  return {
    everySeconds,
    load: () => readIfThere(path),
    save: (bytes) => writeFile(path, bytes),
    remove: () => {
      if (readIfThere(path)) Deno.removeSync(path);
    },
  };
}

/** Runs `work`, so that a checkpoint that is refused is an error of that file. */
export async function namingCheckpoint<T>(path: string | undefined, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (path === undefined || !(error instanceof CheckpointError)) throw error;
    throw new FileError(path, `${error.message} (remove it to start anew)`, { cause: error });
  }
}
