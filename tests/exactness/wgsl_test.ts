/**
 * The integer half of the decoder in WGSL against the plain twin, bit for bit: on this machine's adapter, and on SwiftShader,
 * the Vulkan driver of Debian's Chromium, by running this file again under that driver.
 */

import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { type Architecture, PRESET_NAMES, PRESETS } from "../../bitstream/architecture.ts";
import { reconstructGpu } from "../../codec/gpu_decode/gpu_reconstruct.ts";
import { reconstruct } from "../../codec/reconstruct.ts";
import { GpuError } from "../../kernels/errors.ts";
import { adapterName, findAdapter, requireAdapter } from "../../kernels/wgsl/device.ts";
import { chromiumTest, SWIFTSHADER } from "../chromium.ts";
import { gpuTest } from "../gpu.ts";
import { randomModel, type RandomModelOptions } from "../random_model.ts";

const underSwiftShader = Deno.env.get("VK_ICD_FILENAMES") === SWIFTSHADER;
const adapter = await findAdapter({ allowSoftware: true });
const place = adapter ? `on ${adapterName(adapter.info)}` : "on a GPU";

const SIZES = [[1, 1], [1, 29], [37, 1], [9, 8], [33, 20], [64, 31]] as const;

async function checkModels(options: readonly RandomModelOptions[]): Promise<void> {
  const device = await (await requireAdapter({ allowSoftware: true })).requestDevice();
  try {
    for (const option of options) {
      const model = randomModel(option);
      assertEquals(await reconstructGpu(model, device), reconstruct(model), JSON.stringify(option));
    }
  } finally {
    device.destroy();
  }
}

gpuTest(`reconstructGpu() gives the bytes of reconstruct() for every preset at odd sizes, ${place}`, async () => {
  await checkModels(
    PRESET_NAMES.flatMap((preset, p) =>
      SIZES.map(([width, height], s) => ({
        ...{ seed: 100 * p + s, width, height, architecture: PRESETS[preset] },
        ...s % 2 === 1 && { defaults: 5 * s },
      }))
    ),
  );
});

gpuTest(`reconstructGpu() gives the bytes of reconstruct() for random architectures, ${place}`, async () => {
  await checkModels(Array.from({ length: 60 }, (_, seed) => ({ seed: 1000 + seed, restoration: seed % 4 === 0 })));
});

gpuTest(`reconstructGpu() gives the bytes of reconstruct() for extreme values, ${place}`, async () => {
  await checkModels(Array.from({ length: 60 }, (_, seed) => ({ seed: 2000 + seed, extreme: true })));
});

gpuTest(`reconstructGpu() refuses planes beyond the limits of the device, ${place}`, async () => {
  const device = await (await requireAdapter({ allowSoftware: true })).requestDevice();
  const wide: Architecture = {
    ...PRESETS.lop,
    synthesis: [{ ...PRESETS.lop.synthesis[0], outputs: 127 }, ...PRESETS.lop.synthesis.slice(1)],
  };
  const model = randomModel({ seed: 1, width: 530, height: 500, topLevel: 1, architecture: wide });
  try {
    await assertRejects(() => reconstructGpu(model, device), GpuError, "expected buffers of at most");
  } finally {
    device.destroy();
  }
});

gpuTest(`reconstructGpu() throws a GpuError on a device that is lost, ${place}`, async () => {
  const device = await (await requireAdapter({ allowSoftware: true })).requestDevice();
  device.destroy();
  await assertRejects(() => reconstructGpu(randomModel({ seed: 1 }), device), GpuError, "Cannot decode on the GPU");
});

if (!underSwiftShader) {
  chromiumTest("reconstructGpu() passes the tests of this file on SwiftShader", SWIFTSHADER, async () => {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["test", "-A", "--no-check", import.meta.filename!],
      env: { VK_ICD_FILENAMES: SWIFTSHADER, REQUIRE_GPU: "1", NO_COLOR: "1" },
    }).output();
    const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    // This driver now and then aborts (128 + SIGABRT) while its process ends, after all tests have been reported on.
    assert([0, 134].includes(code), text);
    assert(/^ok \| [1-9]\d* passed.* \| 0 failed/m.test(text), text);
    assertStringIncludes(text, "on SwiftShader Device");
  });
}
