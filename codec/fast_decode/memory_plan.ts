/** Lays out one WebAssembly memory: regions one after the other, each at a multiple of 16 bytes. */

import { LimitError } from "../../bitstream/errors.ts";
import { MAX_MEMORY_BYTES, MAX_PAGES, PAGE_BYTES } from "../../kernels/wasm/assembler.ts";

/** A memory larger than this is not kept. */
const KEPT_PAGES = 1024;

/** Hands out addresses, then gives the memory that holds them. */
export class MemoryPlan {
  #end = 16; // address 0 stays unused

  /** The address of a new region of `bytes` bytes. */
  reserve(bytes: number): number {
    const address = this.#end;
    this.#end = Math.ceil((address + bytes) / 16) * 16;
    return address;
  }

  /** A new memory of the same size as that of `lease`, for several threads. */
  sharedMemory(): WebAssembly.Memory {
    const pages = Math.ceil((this.#end + PAGE_BYTES) / PAGE_BYTES);
    return allocate({ initial: pages, maximum: pages, shared: true });
  }

  /** A memory for all that was reserved and a page more, for vector loads beyond the last region. All of it is 0. */
  lease(): MemoryLease {
    const bytes = this.#end + PAGE_BYTES;
    const idle = takeIdle(bytes);
    if (idle) new Uint8Array(idle.buffer, 0, bytes).fill(0);
    const pages = Math.ceil(bytes / PAGE_BYTES);
    return new MemoryLease(idle ?? allocate({ initial: pages, maximum: MAX_PAGES }));
  }
}

/** Throws a `LimitError` where the picture needs more than can be addressed, or than the machine gives. */
function allocate(descriptor: WebAssembly.MemoryDescriptor): WebAssembly.Memory {
  const bytes = descriptor.initial * PAGE_BYTES;
  try {
    if (descriptor.initial <= MAX_PAGES) return new WebAssembly.Memory(descriptor);
  } catch {
    throw new LimitError(`Cannot decode image: needed ${bytes} bytes of memory, refused by the machine`);
  }
  throw new LimitError(
    `Cannot decode image: expected at most ${MAX_MEMORY_BYTES} bytes of memory, needs ${bytes}`,
  );
}

/**
 * A memory on loan. Given back, it serves the next image: the first touch of a fresh page costs more than clearing it later
 * (measured: 4 ms for the pages of a 768x512 image).
 */
export class MemoryLease {
  readonly memory: WebAssembly.Memory;

  constructor(memory: WebAssembly.Memory) {
    this.memory = memory;
  }

  /** Ends the loan: the memory may be used by others from now on. */
  release(): void {
    if (this.memory.buffer.byteLength > KEPT_PAGES * PAGE_BYTES) return;
    if (!idleMemory || idleMemory.buffer.byteLength < this.memory.buffer.byteLength) idleMemory = this.memory;
  }
}

/** The largest memory that was given back. */
let idleMemory: WebAssembly.Memory | undefined;

/** Takes the idle memory if it is large enough. */
function takeIdle(bytes: number): WebAssembly.Memory | undefined {
  if (!idleMemory || idleMemory.buffer.byteLength < bytes) return undefined;
  const memory = idleMemory;
  idleMemory = undefined;
  return memory;
}
