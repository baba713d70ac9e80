/** Lays out one WebAssembly memory: regions one after the other, each at a multiple of 16 bytes. */

const PAGE_BYTES = 65536;

/** Hands out addresses, then makes the memory that holds them. */
export class MemoryPlan {
  #end = 16; // address 0 stays unused

  /** The address of a new region of `bytes` bytes. */
  reserve(bytes: number): number {
    const address = this.#end;
    this.#end = Math.ceil((address + bytes) / 16) * 16;
    return address;
  }

  /** A memory of the size reserved so far and a page more, for vector loads beyond the last region. All of it is 0. */
  allocate(): WebAssembly.Memory {
    return new WebAssembly.Memory({ initial: Math.ceil(this.#end / PAGE_BYTES) + 1, maximum: MAXIMUM_PAGES });
  }
}

/** Pages of the 4 GiB that a memory can address; the modules import their memory with this maximum. */
export const MAXIMUM_PAGES = 65536;
