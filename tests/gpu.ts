/**
 * GPU tests: ignored, and named so, where there is no adapter; with REQUIRE_GPU=1, as in CI, a missing adapter fails them.
 */

import { findAdapter } from "../kernels/wgsl/device.ts";

const available = await findAdapter({ allowSoftware: true }) !== undefined;
const required = Deno.env.get("REQUIRE_GPU") === "1";

/** Registers a test that needs a GPU. A software adapter will do, so the work should be small. */
export function gpuTest(name: string, run: (t: Deno.TestContext) => void | Promise<void>): void {
  Deno.test({
    name: available ? name : `${name} [no GPU adapter]`,
    ignore: !available && !required,
    fn: async (t) => {
      if (!available) throw new Error("Expected a GPU adapter since REQUIRE_GPU=1, found none");
      await run(t);
    },
  });
}
