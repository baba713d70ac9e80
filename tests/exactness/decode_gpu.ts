/** Bundled for a browser's page by `chromium_test.ts`: decodes with the page's WebGPU. */

import { readModel } from "../../bitstream/read.ts";
import { withExtras } from "../../codec/extras.ts";
import { reconstructGpu } from "../../codec/gpu_decode/gpu_reconstruct.ts";
import type { Image } from "../../codec/image.ts";
import { requireAdapter } from "../../kernels/wgsl/device.ts";

/** The image of a file. */
export async function decode(bytes: Uint8Array): Promise<Image> {
  const { model, header } = readModel(bytes);
  const device = await (await requireAdapter({ allowSoftware: true })).requestDevice();
  try {
    return withExtras(await reconstructGpu(model, device), header);
  } finally {
    device.destroy();
  }
}
