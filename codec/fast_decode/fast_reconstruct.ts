/** `reconstruct` through WebAssembly. */

import type { QuantisedModel } from "../../bitstream/quantised_model.ts";
import type { Image } from "../image.ts";
import { fineModel, RESTORATION_REACH } from "../reconstruct/restoration.ts";
import { emitSynthesisFunctions } from "./emit_synthesis.ts";
import { emitUpsamplingFunctions } from "./emit_upsampling.ts";
import { restoreFast } from "./fast_restore.ts";
import { MemoryPlan } from "./memory_plan.ts";
import { instantiate } from "./module_cache.ts";
import { SynthesisRows } from "./synthesis_rows.ts";
import { type RowRange, UpsamplingRows } from "./upsampling_rows.ts";

/** The image of a model; byte-identical to `reconstruct`. */
export function reconstructFast(model: QuantisedModel): Image {
  const { shape: { width, height, channels }, bitDepth } = model;
  return { width, height, channels, bitDepth, data: reconstructRows(model, { first: 0, end: height }) };
}

/** The samples of some rows of the image. */
export function reconstructRows(model: QuantisedModel, rows: RowRange): Uint8Array | Uint16Array {
  const { restoration, shape: { width, height, channels }, bitDepth } = model;
  if (!restoration) return synthesiseRows(model, rows);
  // Restored as if the image ended a little beyond these rows.
  const first = Math.max(rows.first - RESTORATION_REACH, 0);
  const end = Math.min(rows.end + RESTORATION_REACH, height);
  const fine = fineModel(model);
  const data = synthesiseRows(fine, { first, end });
  const band = { width, height: end - first, channels, bitDepth: fine.bitDepth, data };
  const stride = width * channels;
  return restoreFast(band, restoration, bitDepth).data.slice(
    (rows.first - first) * stride,
    (rows.end - first) * stride,
  );
}

/** The same as it comes from the synthesis. */
function synthesiseRows(model: QuantisedModel, rows: RowRange): Uint8Array | Uint16Array {
  const { shape: { height }, architecture } = model;
  // Computed as if the image ended a little beyond these rows: each 3x3 layer sees one wrong row more at such an end.
  const reach = architecture.synthesis.filter(({ kernel }) => kernel === 3).length;
  const computed = { first: Math.max(rows.first - reach, 0), end: Math.min(rows.end + reach, height) };
  const plan = new MemoryPlan();
  const upsampling = new UpsamplingRows(model, plan, computed);
  const synthesis = new SynthesisRows(model, plan, computed);
  const lease = plan.lease();
  try {
    const functions = instantiate(`reconstruct ${JSON.stringify(synthesis.layers)}`, (module) => {
      emitUpsamplingFunctions(module);
      emitSynthesisFunctions(module, synthesis.layers);
    }, lease.memory);
    upsampling.start(lease.memory, functions);
    synthesis.start(lease.memory, functions);
    for (let y = computed.first; y < computed.end; y++) {
      upsampling.computeRow(y);
      synthesis.addRow(y, upsampling.lines);
    }
    return copyRows(model, lease.memory, { rows, address: synthesis.image, first: computed.first });
  } finally {
    lease.release();
  }
}

function copyRows(
  { shape: { width, channels }, bitDepth }: QuantisedModel,
  { buffer }: WebAssembly.Memory,
  { rows, address, first }: { rows: RowRange; address: number; first: number },
): Uint8Array | Uint16Array {
  const [offset, count] = [rows.first - first, rows.end - rows.first].map((height) => height * width * channels);
  return bitDepth > 8
    ? new Uint16Array(buffer, address + 2 * offset, count).slice()
    : new Uint8Array(buffer, address + offset, count).slice();
}
