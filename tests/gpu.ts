/**
 * GPU tests: ignored, and named so, where there is no adapter; with REQUIRE_GPU=1, as in CI, a missing adapter fails them.
 */

const adapter = await navigator.gpu?.requestAdapter() ?? null;
const required = Deno.env.get("REQUIRE_GPU") === "1";

/** Registers a test that needs a GPU. A software adapter will do, so the work should be small. */
export function gpuTest(name: string, run: (device: GPUDevice) => void | Promise<void>): void {
  Deno.test({
    name: adapter ? name : `${name} [no GPU adapter]`,
    ignore: adapter === null && !required,
    fn: async () => {
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
