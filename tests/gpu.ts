/**
 * GPU tests: ignored, and named so, where there is no adapter; with REQUIRE_GPU=1, as in CI, a missing adapter fails them.
 */

const available = await requestAdapter() !== null;
const required = Deno.env.get("REQUIRE_GPU") === "1";

/** Registers a test that needs a GPU. A software adapter will do, so the work should be small. */
export function gpuTest(name: string, run: (device: GPUDevice) => void | Promise<void>): void {
  Deno.test({
    name: available ? name : `${name} [no GPU adapter]`,
    ignore: !available && !required,
    fn: async () => {
      // An adapter gives one device only.
      const adapter = await requestAdapter();
      if (!adapter) throw new Error("Expected a GPU adapter since REQUIRE_GPU=1, found none");
      const device = await adapter.requestDevice();
      try {
        await run(device);
      } finally {
        device.destroy();
      }
    },
  });
}

async function requestAdapter(): Promise<GPUAdapter | null> {
  return await navigator.gpu?.requestAdapter() ?? null;
}
