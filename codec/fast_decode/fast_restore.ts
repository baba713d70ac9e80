/** `restore` through WebAssembly. */

import type { Restoration } from "../../bitstream/restoration.ts";
import type { Image } from "../image.ts";
import { restore } from "../reconstruct/restoration.ts";
import { emitRestorationFunctions } from "./emit_restoration.ts";
import { MemoryPlan } from "./memory_plan.ts";
import { instantiate } from "./module_cache.ts";
import { RestorationRows } from "./restoration_rows.ts";

/** The picture that fine samples are restored to; byte-identical to `restore`, which restores pictures of more than 8 bits. */
export function restoreFast(fine: Image, restoration: Restoration, bitDepth: number): Image {
  if (bitDepth > 8) return restore(fine, restoration, bitDepth);
  const { width, height, channels, data } = fine;
  const plan = new MemoryPlan();
  const rows = new RestorationRows(plan, restoration, fine);
  const lease = plan.lease();
  try {
    const { memory } = lease;
    const functions = instantiate(
      `restore ${channels} ${fine.bitDepth}`,
      (module) => emitRestorationFunctions(module, channels, fine.bitDepth),
      memory,
    );
    new Uint16Array(memory.buffer, rows.fine, data.length).set(data);
    rows.start(memory, functions);
    rows.run();
    const samples = new Uint8Array(memory.buffer, rows.image, data.length).slice();
    return { width, height, channels, bitDepth, data: samples };
  } finally {
    lease.release();
  }
}
