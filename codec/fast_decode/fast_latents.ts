/** `decodeLatents` and the ARM's predictions through the WebAssembly kernel. */

import { BitstreamError } from "../../bitstream/errors.ts";
import type { NetworkParameters } from "../../bitstream/fixed_point.ts";
import type { RangeDecoder } from "../../bitstream/range_coder.ts";
import { CODER_BYTES } from "./emit_symbol.ts";
import { LatentKernel } from "./latent_kernel.ts";

/**
 * Reads all latents, as `decodeLatents` of `bitstream/latents.ts`. `bytes` are those the coders read from. Throws a
 * `BitstreamError` if a stream ends early or a value leaves i16.
 */
export function decodeLatentsFast(
  bytes: Uint8Array,
  coders: readonly RangeDecoder[],
  network: NetworkParameters,
): Int16Array[] {
  const kernel = new LatentKernel(network, coders.length * CODER_BYTES + bytes.length);
  const streams = new KernelStreams(kernel, bytes, coders);
  return kernel.grids.map((_, g) => {
    kernel.runGrid(g, "decodeRow", (y) => streams.address(y), (y, result) => streams.verify(y, result));
    if (g === kernel.grids.length - 1) streams.close();
    return kernel.latents(g).slice();
  });
}

/**
 * The distribution of every latent of known grids: for each grid of `latentGrids` the packed predictions
 * (`predictedMu`, `predictedScale` of `bitstream/integer_arm.ts`), row-major. What the decoder will compute, exactly.
 */
export function predictLatents(network: NetworkParameters, grids: readonly Int16Array[]): Int32Array[] {
  const largest = Math.max(...grids.map((grid) => grid.length));
  const kernel = new LatentKernel(network, 4 * largest);
  return grids.map((grid, g) => {
    kernel.latents(g).set(grid);
    const { width } = kernel.grids[g];
    kernel.runGrid(g, "predictRow", (y) => kernel.extra + 4 * y * width, () => {});
    return new Int32Array(kernel.memory.buffer, kernel.extra, grid.length).slice();
  });
}

/** The range decoders of a file in a kernel's memory. */
class KernelStreams {
  readonly #coders: readonly RangeDecoder[];
  readonly #states: Uint32Array;
  readonly #address: number;
  /** Address of the file's byte 0. */
  readonly #bytes: number;

  constructor(kernel: LatentKernel, bytes: Uint8Array, coders: readonly RangeDecoder[]) {
    this.#coders = coders;
    this.#address = kernel.extra;
    this.#bytes = kernel.extra + coders.length * CODER_BYTES;
    this.#states = new Uint32Array(kernel.memory.buffer, kernel.extra, coders.length * 4);
    new Uint8Array(kernel.memory.buffer, this.#bytes, bytes.length).set(bytes);
    coders.forEach((coder, i) => {
      const { code, range, position, end } = coder.state;
      this.#states.set([code, range, position + this.#bytes, end + this.#bytes], 4 * i);
    });
  }

  /** Address of the state of the coder that row y is read from. */
  address(y: number): number {
    return this.#address + (y % this.#coders.length) * CODER_BYTES;
  }

  /** Throws a `BitstreamError` if the row ran past the end of its stream, or ended at a value beyond i16. */
  verify(y: number, result: number): void {
    const i = y % this.#coders.length;
    // A sound stream is at most four bytes past its end; beyond that, `resume` refuses it.
    if (this.#states[4 * i + 2] > this.#states[4 * i + 3] || result !== 0) this.#resume(i);
    if (result !== 0) {
      throw new BitstreamError("Cannot read symbol: expected -32768..32767", this.#coders[i].position);
    }
  }

  /** Brings the coders to where the kernel's are. */
  close(): void {
    for (let i = 0; i < this.#coders.length; i++) this.#resume(i);
  }

  #resume(i: number): void {
    const [code, range, position, end] = this.#states.subarray(4 * i, 4 * i + 4);
    this.#coders[i].resume({ code, range, position: position - this.#bytes, end: end - this.#bytes });
  }
}
