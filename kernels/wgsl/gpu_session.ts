/** An open GPU: buffers, transfers, and the errors that WebGPU reports late or not at all. */

import { GpuError } from "../errors.ts";
import { adapterName, type DeviceNeeds, openDevice } from "./device.ts";

const STORAGE = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;

/** A device with its failure, if any; released by `close`. */
export class GpuSession {
  readonly device: GPUDevice;
  readonly name: string;
  readonly #buffers: GPUBuffer[] = [];
  /** Set when the device is lost or reports an error nobody asked for. */
  #failure: GpuError | undefined;
  #closed = false;

  /** Opens an adapter. Throws a `GpuError` if it has not what is needed. */
  static async open(adapter: GPUAdapter, needs: DeviceNeeds): Promise<GpuSession> {
    return new GpuSession(await openDevice(adapter, needs), adapterName(adapter.info));
  }

  private constructor(device: GPUDevice, name: string) {
    this.device = device;
    this.name = name;
    device.lost.then(({ message, reason }) => {
      if (this.#closed) return;
      this.#failure = new GpuError(
        `Cannot go on: the GPU "${name}" was lost (${message || reason}); run again, or use --device cpu`,
      );
    });
    device.addEventListener("uncapturederror", (event) => {
      event.preventDefault();
      const { error } = event as GPUUncapturedErrorEvent;
      this.#failure ??= new GpuError(`Cannot go on: the GPU "${name}" reports: ${error.message}`);
    });
  }

  /** A storage buffer of zeros, at least 16 bytes long. Throws a `GpuError` if the GPU has no room. */
  async createBuffer(label: string, bytes: number, usage = STORAGE): Promise<GPUBuffer> {
    const size = Math.max(16, Math.ceil(bytes / 4) * 4);
    this.device.pushErrorScope("out-of-memory");
    this.device.pushErrorScope("validation");
    const buffer = this.device.createBuffer({ label, size, usage });
    const errors = [this.device.popErrorScope(), this.device.popErrorScope()];
    for (const error of await Promise.all(errors)) {
      if (!error) continue;
      const megabytes = Math.ceil(size / 2 ** 20);
      throw new GpuError(
        `Cannot allocate ${megabytes} MB for "${label}" on the GPU "${this.name}": ${error.message}; ` +
          "use --device cpu or a smaller image",
      );
    }
    this.#buffers.push(buffer);
    return buffer;
  }

  /** A buffer with the given contents. */
  async uploadBuffer(label: string, words: Uint32Array<ArrayBuffer>, usage = STORAGE): Promise<GPUBuffer> {
    const buffer = await this.createBuffer(label, words.byteLength, usage);
    this.device.queue.writeBuffer(buffer, 0, words);
    return buffer;
  }

  /** Floats `start .. start + length` of a buffer, once all submitted work is done. Throws a `GpuError` if that failed. */
  async read(buffer: GPUBuffer, start: number, length: number): Promise<Float32Array<ArrayBuffer>> {
    const size = 4 * length;
    const staging = this.device.createBuffer({
      label: "staging",
      size: Math.max(4, size),
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    });
    try {
      const encoder = this.device.createCommandEncoder();
      encoder.copyBufferToBuffer(buffer, 4 * start, staging, 0, size);
      this.device.queue.submit([encoder.finish()]);
      await staging.mapAsync(GPUMapMode.READ, 0, size);
      if (this.#failure) throw this.#failure;
      return new Float32Array(staging.getMappedRange(0, size).slice(0));
    } catch (error) {
      throw await this.#explain(error);
    } finally {
      staging.destroy();
    }
  }

  /** Frees the buffers and the device. */
  close(): void {
    this.#closed = true;
    for (const buffer of this.#buffers) buffer.destroy();
    this.device.destroy();
  }

  /** The reason behind a failed wait: what the device has reported, or is about to. */
  async #explain(error: unknown): Promise<GpuError> {
    await new Promise((resolve) => setTimeout(resolve, 0)); // The loss of the device may be reported after its effects.
    return this.#failure ?? new GpuError(`Cannot go on: the GPU "${this.name}" failed: ${error}`);
  }
}
