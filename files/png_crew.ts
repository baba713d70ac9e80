/** Writes PNG files on several threads. */

import type { Image } from "../mod.ts";
import { bandCount, compressBand, type CompressedBand } from "./png_bands.ts";
import type { ByteRows } from "./png_filters.ts";
import { pngFile, pngRows, writePng } from "./png_writer.ts";

/** What the threads of one picture share. */
export interface PngTask {
  readonly rows: ByteRows;
  /** Word 0: the next band that nobody has taken yet. */
  readonly next: Int32Array<SharedArrayBuffer>;
}

/**
 * Threads that write PNG files. Its workers start when it is made, so that they are ready when there is a picture; they end
 * when it is disposed of.
 */
export class PngCrew implements Disposable {
  readonly #workers: readonly Worker[];
  /** Some worker has failed before there was a picture, and will not answer. */
  #failed = false;

  /** Starts one worker less than there are to be threads (1 or more), since the calling thread is one of them. */
  constructor(threads: number) {
    const url = new URL("./png_worker.ts", import.meta.url);
    this.#workers = Array.from({ length: threads - 1 }, () => new Worker(url, { type: "module" }));
    for (const worker of this.#workers) {
      worker.onerror = (event) => {
        event.preventDefault();
        this.#failed = true;
      };
    }
  }

  /** The same file and the same errors as `writePng`. */
  async write(image: Image): Promise<Uint8Array<ArrayBuffer>> {
    if (this.#workers.length === 0 || this.#failed) return writePng(image);
    const task = newTask(pngRows(image));
    const others = Promise.all(this.#workers.map((worker) => reply(worker)));
    others.catch(() => {}); // handled below, after this thread's own work
    for (const worker of this.#workers) worker.postMessage(task);
    const own = compressBands(task);
    try {
      return pngFile(image, [...own, ...(await others).flat()]);
    } catch {
      return writePng(image); // a system that refuses workers can still write
    }
  }

  [Symbol.dispose](): void {
    for (const worker of this.#workers) worker.terminate();
  }
}

/** Compresses bands until none is left. */
export function compressBands({ rows, next }: PngTask): CompressedBand[] {
  const done: CompressedBand[] = [];
  for (;;) {
    const band = Atomics.add(next, 0, 1);
    if (band >= bandCount(rows)) return done;
    done.push(compressBand(rows, band));
  }
}

function newTask(rows: ByteRows): PngTask {
  const bytes = new Uint8Array(new SharedArrayBuffer(rows.bytes.length));
  bytes.set(rows.bytes);
  return { rows: { ...rows, bytes }, next: new Int32Array(new SharedArrayBuffer(4)) };
}

function reply(worker: Worker): Promise<CompressedBand[]> {
  const { promise, resolve, reject } = Promise.withResolvers<CompressedBand[]>();
  worker.onmessage = ({ data }: MessageEvent<CompressedBand[]>) => resolve(data);
  worker.onerror = (event) => {
    event.preventDefault();
    reject(new Error(event.message));
  };
  return promise;
}
