/** How threads share the rows of the latent grids. */

/** One thread's part, and how it keeps in step with the others. */
export interface RowCrew {
  readonly threads: number;
  /** This thread: 0..threads-1. */
  readonly thread: number;
  /** The memory they share; `undefined` for a thread that works alone. */
  readonly memory: WebAssembly.Memory | undefined;
  /** Whether row y of any grid is this thread's. */
  readonly owns: (y: number) => boolean;
  /** Columns of a row of that width that are run at a time: a multiple of 8, or the width and more. */
  readonly step: (width: number) => number;
  /** Returns when the first `columns` latents of a row are there. */
  readonly waitFor: (grid: number, y: number, columns: number) => void;
  /** Says that the first `columns` latents of a row are there. */
  readonly report: (grid: number, y: number, columns: number) => void;
}

/** A thread that works alone. */
export const SOLO: RowCrew = {
  threads: 1,
  thread: 0,
  memory: undefined,
  owns: () => true,
  step: (width) => width,
  waitFor: () => {},
  report: () => {},
};
