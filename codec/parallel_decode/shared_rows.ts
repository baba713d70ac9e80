/** Threads that decode rows in a wavefront: each row follows the one above it at the distance that its contexts need. */

import { type Architecture, type ImageShape, latentGrids } from "../../bitstream/architecture.ts";
import type { RowCrew } from "../fast_decode/row_crew.ts";

/** Looks at a counter before a thread lies down; most waits are over sooner. */
const SPINS = 4000;
/** Longest sleep before a thread looks whether another one has failed, and how often it does so while all rows stand still. */
const [SLEEP_MS, MAX_SLEEPS] = [20, 1500];

/** What the threads of one image share. */
export interface SharedRowsOptions {
  readonly memory: WebAssembly.Memory;
  /** Word 0: some thread has failed. Then for each row of each grid how many of its latents are there. */
  readonly progress: Int32Array<SharedArrayBuffer>;
  readonly streams: number;
  readonly thread: number;
  readonly threads: number;
}

/** Counters for an image, all 0. */
export function newProgress(architecture: Architecture, shape: ImageShape): Int32Array<SharedArrayBuffer> {
  const rows = latentGrids(architecture, shape).reduce((sum, { height }) => sum + height, 0);
  return new Int32Array(new SharedArrayBuffer(4 * (1 + rows)));
}

/** One thread of several. */
export class SharedRows implements RowCrew {
  readonly memory: WebAssembly.Memory;
  readonly thread: number;
  readonly threads: number;
  readonly #streams: number;
  readonly #progress: Int32Array<SharedArrayBuffer>;
  /** The index of each grid's first counter. */
  readonly #bases: readonly number[];

  constructor(
    { architecture, shape }: { architecture: Architecture; shape: ImageShape },
    { memory, progress, streams, thread, threads }: SharedRowsOptions,
  ) {
    this.memory = memory;
    this.thread = thread;
    this.threads = threads;
    this.#streams = streams;
    this.#progress = progress;
    let base = 1;
    this.#bases = latentGrids(architecture, shape).map(({ height }) => (base += height) - height);
  }

  /** A stream has one thread. Neighbouring streams share one where there are more of them: then a feature row serves twice. */
  readonly owns = (y: number): boolean => {
    const busy = Math.min(this.threads, this.#streams);
    return Math.floor((y % this.#streams) * busy / this.#streams) === this.thread;
  };

  /** A 32nd of a row, but no fewer columns than are worth a call. */
  readonly step = (width: number): number => Math.max(8 * Math.ceil(width / 256), 64);

  /** Returns when the first `columns` latents of a row are there. Throws if a thread has failed or stands still. */
  readonly waitFor = (grid: number, y: number, columns: number): void => {
    const index = this.#bases[grid] + y;
    for (let spin = 0; spin < SPINS; spin++) if (Atomics.load(this.#progress, index) >= columns) return;
    let total = 0;
    for (let sleeps = 0; sleeps < MAX_SLEEPS;) {
      const seen = Atomics.load(this.#progress, index);
      if (seen >= columns) return;
      if (Atomics.load(this.#progress, 0) !== 0) break;
      if (Atomics.wait(this.#progress, index, seen, SLEEP_MS) !== "timed-out") continue;
      const before = total;
      total = this.#progress.reduce((sum, latents) => sum + latents, 0);
      sleeps = total === before ? sleeps + 1 : 0;
    }
    throw new Error(`Cannot decode with threads: row ${y} of grid ${grid} has stopped`);
  };

  /** Says that the first `columns` latents of a row are there. */
  readonly report = (grid: number, y: number, columns: number): void => {
    Atomics.store(this.#progress, this.#bases[grid] + y, columns);
    Atomics.notify(this.#progress, this.#bases[grid] + y);
  };

  /** Lets the other threads give up. */
  fail(): void {
    Atomics.store(this.#progress, 0, 1);
  }
}
