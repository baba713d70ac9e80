/** `reconstruct` through WebAssembly. */

import type { QuantisedModel } from "../../bitstream/quantised_model.ts";
import type { Image } from "../image.ts";
import { emitSynthesisFunctions } from "./emit_synthesis.ts";
import { emitUpsamplingFunctions } from "./emit_upsampling.ts";
import { MemoryPlan } from "./memory_plan.ts";
import { instantiate } from "./module_cache.ts";
import { SynthesisRows } from "./synthesis_rows.ts";
import { UpsamplingRows } from "./upsampling_rows.ts";

/** The image of a model; byte-identical to `reconstruct`. */
export function reconstructFast(model: QuantisedModel): Image {
  const plan = new MemoryPlan();
  const upsampling = new UpsamplingRows(model, plan);
  const synthesis = new SynthesisRows(model, plan);
  const lease = plan.lease();
  try {
    const functions = instantiate(`reconstruct ${JSON.stringify(synthesis.layers)}`, (module) => {
      emitUpsamplingFunctions(module);
      emitSynthesisFunctions(module, synthesis.layers);
    }, lease.memory);
    upsampling.start(lease.memory, functions);
    synthesis.start(lease.memory, functions);
    for (let y = 0; y < model.shape.height; y++) {
      upsampling.computeRow(y);
      synthesis.addRow(y, upsampling.lines);
    }
    return copyImage(model, lease.memory, synthesis.image);
  } finally {
    lease.release();
  }
}

function copyImage({ shape, bitDepth }: QuantisedModel, { buffer }: WebAssembly.Memory, address: number): Image {
  const { width, height, channels } = shape;
  const count = width * height * channels;
  const data = bitDepth > 8
    ? new Uint16Array(buffer, address, count).slice()
    : new Uint8Array(buffer, address, count).slice();
  return { width, height, channels, bitDepth, data };
}
