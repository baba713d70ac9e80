/** Times of dispatches from timestamps on the GPU: one compute pass per dispatch, so a profiled step is a little slower. */

import type { GpuSession } from "./gpu_session.ts";
import { encodeDispatches, type PreparedDispatch } from "./passes.ts";

/** Dispatches per query set. */
const CAPACITY = 2048;

/** Adds up times by label. */
export class Profiler {
  /** Nanoseconds and dispatches so far, by label. */
  readonly times = new Map<string, { nanoseconds: number; dispatches: number }>();
  readonly #session: GpuSession;
  readonly #queries: GPUQuerySet;
  readonly #resolved: GPUBuffer;
  readonly #labels: string[] = [];

  /** Throws a `GpuError` if the device has no room for the results. */
  static async create(session: GpuSession): Promise<Profiler> {
    const usage = GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC;
    return new Profiler(session, await session.createBuffer("timestamps", 16 * CAPACITY, usage));
  }

  private constructor(session: GpuSession, resolved: GPUBuffer) {
    this.#session = session;
    this.#resolved = resolved;
    this.#queries = session.device.createQuerySet({ type: "timestamp", count: 2 * CAPACITY });
  }

  /** Encodes dispatches with timestamps, as long as there is room; the rest without. */
  encode(encoder: GPUCommandEncoder, dispatches: readonly PreparedDispatch[]): void {
    for (const dispatch of dispatches) {
      const index = this.#labels.length;
      if (index === CAPACITY) {
        encodeDispatches(encoder.beginComputePass(), [dispatch]);
        continue;
      }
      this.#labels.push(dispatch.label);
      const timestampWrites = {
        querySet: this.#queries,
        beginningOfPassWriteIndex: 2 * index,
        endOfPassWriteIndex: 2 * index + 1,
      };
      encodeDispatches(encoder.beginComputePass({ timestampWrites }), [dispatch]);
    }
  }

  /** Reads the times of what was encoded since the last call; the work must be done. */
  async collect(): Promise<void> {
    const count = 2 * this.#labels.length;
    if (count === 0) return;
    const encoder = this.#session.device.createCommandEncoder();
    encoder.resolveQuerySet(this.#queries, 0, count, this.#resolved, 0);
    this.#session.device.queue.submit([encoder.finish()]);
    const words = await this.#session.read(this.#resolved, 0, 2 * count);
    const ticks = new BigUint64Array(words.buffer);
    this.#labels.forEach((label, i) => this.#add(label, Number(ticks[2 * i + 1] - ticks[2 * i])));
    this.#labels.length = 0;
  }

  /** Frees the queries. */
  close(): void {
    this.#queries.destroy();
  }

  #add(label: string, nanoseconds: number): void {
    const time = this.times.get(label) ?? { nanoseconds: 0, dispatches: 0 };
    time.nanoseconds += nanoseconds;
    time.dispatches++;
    this.times.set(label, time);
  }
}
