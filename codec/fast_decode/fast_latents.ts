/** `decodeLatents` and the ARM's predictions through the WebAssembly kernel. */

import { BitstreamError } from "../../bitstream/errors.ts";
import type { NetworkParameters } from "../../bitstream/fixed_point.ts";
import { CutLatentsError, decodeStops, type LatentRow } from "../../bitstream/latents.ts";
import { LOOKAHEAD, type RangeDecoder } from "../../bitstream/range_coder.ts";
import { CODER_BYTES, STREAM_ZEROS } from "./emit_symbol.ts";
import { LatentKernel } from "./latent_kernel.ts";

/**
 * Reads all latents, as `decodeLatents` of `bitstream/latents.ts`. `bytes` are those the coders read from. Throws a
 * `CutLatentsError` if a stream ends early or a value leaves i16.
 */
export function decodeLatentsFast(
  bytes: Uint8Array,
  coders: readonly RangeDecoder[],
  network: NetworkParameters,
): Int16Array[] {
  return withKernel(network, streamBytes(bytes, coders.length), (kernel) => {
    const latents = () => kernel.grids.map((_, g) => kernel.latents(g).slice());
    let streams: KernelStreams | undefined;
    try {
      kernel.setTables(decodeStops(coders));
      streams = new KernelStreams(kernel, bytes, coders);
      decodeGrids(kernel, streams);
      return latents();
    } catch (error) {
      if (!(error instanceof BitstreamError)) throw error;
      throw new CutLatentsError(error, { sizes: kernel.grids, grids: latents(), cut: streams?.cut ?? FIRST_ROW });
    }
  });
}

const FIRST_ROW: LatentRow = { grid: 0, row: 0 };

function decodeGrids(kernel: LatentKernel, streams: KernelStreams): void {
  kernel.grids.forEach((_, grid) => {
    const verify = (row: number, result: number) => streams.verify({ grid, row }, result);
    kernel.runGrid(grid, "decodeRow", (y) => streams.address(y), verify);
  });
  streams.close();
}

/** Bytes that `KernelStreams` takes in a kernel's memory. */
export function streamBytes(bytes: Uint8Array, streams: number): number {
  return streams * (CODER_BYTES + STREAM_ZEROS) + bytes.length;
}

/** The `Prediction` that the decoder will have for each latent, as `predictLatents` of `bitstream/latents.ts`. */
export function predictLatentsFast(network: NetworkParameters, grids: readonly Int16Array[]): Int32Array[] {
  const largest = Math.max(...grids.map((grid) => grid.length));
  return withKernel(network, 4 * largest, (kernel) =>
    grids.map((grid, g) => {
      kernel.latents(g).set(grid);
      const { width } = kernel.grids[g];
      kernel.runGrid(g, "predictRow", (y) => kernel.extra + 4 * y * width, () => {});
      return new Int32Array(kernel.memory.buffer, kernel.extra, grid.length).slice();
    }));
}

/** Runs `body` with a kernel and gives its memory back. (Browsers do not know `using` yet.) */
function withKernel<T>(network: NetworkParameters, extraBytes: number, body: (kernel: LatentKernel) => T): T {
  const kernel = new LatentKernel(network, extraBytes);
  try {
    return body(kernel);
  } finally {
    kernel.release();
  }
}

/** The range decoders of a file in a kernel's memory; see `CODER_BYTES`. */
export class KernelStreams {
  readonly #coders: readonly RangeDecoder[];
  readonly #states: Uint32Array;
  #cut: LatentRow | undefined;
  readonly #address: number;

  constructor(kernel: LatentKernel, bytes: Uint8Array, coders: readonly RangeDecoder[]) {
    this.#coders = coders;
    this.#address = kernel.extra;
    this.#states = new Uint32Array(kernel.memory.buffer, kernel.extra, coders.length * 4);
    const memory = new Uint8Array(kernel.memory.buffer);
    let lowest = kernel.extra + coders.length * CODER_BYTES;
    coders.forEach(({ state: { code, range, position, end } }, i) => {
      const unread = bytes.subarray(Math.min(position, end), end);
      memory.set(unread.toReversed(), lowest + STREAM_ZEROS);
      this.#states.set([code, range, lowest + LOOKAHEAD + end - position, lowest], 4 * i);
      lowest += STREAM_ZEROS + unread.length;
    });
  }

  /** Address of the state of the coder that row y is read from. */
  address(y: number): number {
    return this.#address + (y % this.#coders.length) * CODER_BYTES;
  }

  /** Throws a `BitstreamError` if the row ran past the end of its stream, or ended at a value beyond i16. */
  verify(row: LatentRow, result: number): void {
    const i = row.row % this.#coders.length;
    const isPastEnd = this.#zeros(i) > 0;
    if (isPastEnd || result !== 0) this.#cut ??= row;
    // A sound stream is at most four bytes past its end; beyond that, `resume` refuses it.
    if (isPastEnd || result !== 0) this.#resume(i);
    if (result !== 0) {
      throw new BitstreamError("Cannot read symbol: expected -32768..32767", this.#coders[i].position);
    }
  }

  /** The first row that was not read from its stream alone. */
  get cut(): LatentRow | undefined {
    return this.#cut;
  }

  /** Brings the coders to where the kernel's are. */
  close(): void {
    for (let i = 0; i < this.#coders.length; i++) this.#resume(i);
  }

  /** Bytes past the end that coder i has looked at; negative: bytes that are left. */
  #zeros(i: number): number {
    const [next, lowest] = this.#states.subarray(4 * i + 2, 4 * i + 4);
    return lowest + LOOKAHEAD - next;
  }

  #resume(i: number): void {
    const [code, range] = this.#states.subarray(4 * i, 4 * i + 2);
    const { end } = this.#coders[i].state;
    this.#coders[i].resume({ code, range, position: end + this.#zeros(i), end });
  }
}
