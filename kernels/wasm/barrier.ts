/** A meeting point of threads, and the counter from which they take tasks, in shared memory. */

/** Words of the control block. */
const ARRIVED = 0;
const GENERATION = 1;
const NEXT_TASK = 2;
/** Length of the control block in 32-bit words. */
export const CONTROL_WORDS = 3;

/** Rounds of busy waiting before a thread goes to sleep: about 50 microseconds. */
const SPIN = 4000;

/** One thread's view of the control block. */
export class Barrier {
  readonly #words: Int32Array;
  readonly #threads: number;

  constructor(words: Int32Array, threads: number) {
    this.#words = words;
    this.#threads = threads;
  }

  /** Takes the next task number of the phase. */
  nextTask(): number {
    return Atomics.add(this.#words, NEXT_TASK, 1);
  }

  /** Waits until all threads have arrived; the task counter is then 0 again. */
  wait(): void {
    if (this.#threads === 1) {
      this.#words[NEXT_TASK] = 0;
      return;
    }
    const generation = Atomics.load(this.#words, GENERATION);
    if (Atomics.add(this.#words, ARRIVED, 1) === this.#threads - 1) {
      Atomics.store(this.#words, ARRIVED, 0);
      Atomics.store(this.#words, NEXT_TASK, 0);
      Atomics.add(this.#words, GENERATION, 1);
      Atomics.notify(this.#words, GENERATION);
      return;
    }
    for (let i = 0; i < SPIN; i++) {
      if (Atomics.load(this.#words, GENERATION) !== generation) return;
    }
    while (Atomics.load(this.#words, GENERATION) === generation) Atomics.wait(this.#words, GENERATION, generation, 100);
  }
}
