/** Records passes over planes in GPU memory, and reads one result back. */

import { GpuError } from "../../kernels/errors.ts";
import { createPipeline, type Pipeline } from "../../kernels/wgsl/pipelines.ts";
import { CONVOLUTION_SHADER } from "./convolution_shader.ts";
import { DOUBLING_SHADER, PREFILTER_SHADER } from "./line_shaders.ts";

/** Threads of a workgroup in each direction, as in the shaders. */
const TILE = 8;

/** The pipelines of integer reconstruction. */
export interface ReconstructionPipelines {
  readonly doubling: Pipeline;
  readonly prefilter: Pipeline;
  readonly convolution: Pipeline;
}

/** Compiled once for each device: a warm device decodes picture after picture. */
const compiled = new WeakMap<GPUDevice, Promise<ReconstructionPipelines>>();

/** The pipelines for a device. Throws a `GpuError` if it refuses a shader. */
export function reconstructionPipelines(device: GPUDevice): Promise<ReconstructionPipelines> {
  const known = compiled.get(device);
  if (known) return known;
  const pipelines = compile(device);
  compiled.set(device, pipelines);
  return pipelines;
}

async function compile(device: GPUDevice): Promise<ReconstructionPipelines> {
  const line = ["read-only-storage", "read-only-storage", "storage"] as const;
  const bindings = [...line, "read-only-storage"] as const;
  return {
    doubling: await createPipeline(device, { label: "doubling", code: DOUBLING_SHADER, bindings: line }),
    prefilter: await createPipeline(device, { label: "prefilter", code: PREFILTER_SHADER, bindings }),
    convolution: await createPipeline(device, { label: "convolution", code: CONVOLUTION_SHADER, bindings }),
  };
}

/** One dispatch: a thread for each sample of `count` planes. */
export interface Pass {
  readonly pipeline: Pipeline;
  /** Binding 0. */
  readonly settings: readonly number[];
  /** Bindings 1, 2, ... */
  readonly buffers: readonly GPUBuffer[];
  readonly width: number;
  readonly height: number;
  readonly count: number;
}

/** Passes that run in the order of their recording, and the buffers they need. */
export class GpuPasses {
  readonly #device: GPUDevice;
  readonly #encoder: GPUCommandEncoder;
  readonly #buffers: GPUBuffer[] = [];

  /** Passes for a device. */
  constructor(device: GPUDevice) {
    this.#device = device;
    this.#encoder = device.createCommandEncoder();
  }

  /** A buffer for that many i32. Throws a `GpuError` if the device takes none of this size. */
  createBuffer(length: number, usage: number = GPUBufferUsage.STORAGE): GPUBuffer {
    const size = 4 * length;
    const { maxBufferSize, maxStorageBufferBindingSize } = this.#device.limits;
    const limit = Math.min(maxBufferSize, maxStorageBufferBindingSize);
    if (size > limit) {
      throw new GpuError(`Cannot decode on the GPU: expected buffers of at most ${limit} bytes, needs ${size}`);
    }
    const buffer = this.#device.createBuffer({ size, usage: usage | GPUBufferUsage.COPY_SRC });
    this.#buffers.push(buffer);
    return buffer;
  }

  /** A buffer with these values. */
  upload(values: ArrayLike<number>): GPUBuffer {
    const buffer = this.createBuffer(values.length, GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST);
    this.#device.queue.writeBuffer(buffer, 0, Int32Array.from(values));
    return buffer;
  }

  /** Records a pass. */
  record({ pipeline, settings, buffers, width, height, count }: Pass): void {
    const entries = [this.upload(settings), ...buffers].map((buffer, binding) => ({ binding, resource: { buffer } }));
    const pass = this.#encoder.beginComputePass();
    pass.setPipeline(pipeline.pipeline);
    pass.setBindGroup(0, this.#device.createBindGroup({ layout: pipeline.layout, entries }));
    pass.dispatchWorkgroups(Math.ceil(width / TILE), Math.ceil(height / TILE), count);
    pass.end();
  }

  /** Runs the passes that `record` records; gives the values of the buffer it returns. Throws a `GpuError` on failure. */
  async run(record: () => GPUBuffer): Promise<Int32Array> {
    const staging = await this.#checked(() => this.#submit(record()));
    try {
      await staging.mapAsync(GPUMapMode.READ);
    } catch (error) {
      throw new GpuError(`Cannot decode on the GPU: ${error}`);
    }
    return new Int32Array(staging.getMappedRange().slice(0));
  }

  #submit(result: GPUBuffer): GPUBuffer {
    const staging = this.#device.createBuffer({
      size: result.size,
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    });
    this.#buffers.push(staging);
    this.#encoder.copyBufferToBuffer(result, 0, staging, 0, result.size);
    this.#device.queue.submit([this.#encoder.finish()]);
    return staging;
  }

  /** Throws what the device has against `work`. The scopes close before anything is awaited: they belong to the device. */
  async #checked<T>(work: () => T): Promise<T> {
    this.#device.pushErrorScope("out-of-memory");
    this.#device.pushErrorScope("validation");
    let value: T;
    let faults: Promise<GPUError | null>[];
    try {
      value = work();
    } finally {
      faults = [this.#device.popErrorScope(), this.#device.popErrorScope()];
    }
    const fault = (await Promise.all(faults)).find((fault) => fault !== null);
    if (fault) throw new GpuError(`Cannot decode on the GPU: ${fault.message}`);
    return value;
  }

  /** Frees the buffers. */
  close(): void {
    for (const buffer of this.#buffers) buffer.destroy();
  }
}
