/** Seeded random numbers for the encoder. */

import { hash32 } from "../kernels/noise.ts";

/** A stream of random numbers; equal seeds give equal streams. */
export class Random {
  #counter = 0;
  readonly #key: number;

  constructor(seed: number) {
    this.#key = hash32(seed);
  }

  /** An unsigned 32-bit integer. */
  word(): number {
    return hash32((hash32(++this.#counter) ^ this.#key) >>> 0);
  }

  /** Uniform in 0..1, 1 excluded. */
  uniform(): number {
    return this.word() / 2 ** 32;
  }

  /** Standard normal (Box-Muller). */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
  }
}
