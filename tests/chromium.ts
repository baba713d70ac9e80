/**
 * Tests that need a file of Debian's package chromium: ignored, and named so, where it is missing; with REQUIRE_CHROMIUM=1, as
 * in CI, that fails them.
 */

/** The browser. */
export const CHROMIUM = "/usr/bin/chromium";
/** Vulkan's description of the browser's software driver. */
export const SWIFTSHADER = "/usr/lib/chromium/vk_swiftshader_icd.json";

const required = Deno.env.get("REQUIRE_CHROMIUM") === "1";

/** Registers a test that needs `CHROMIUM` or `SWIFTSHADER`. */
export function chromiumTest(name: string, file: string, run: () => Promise<void>): void {
  const available = hasFile(file);
  Deno.test({
    name: available ? name : `${name} [no Chromium]`,
    ignore: !available && !required,
    fn: async () => {
      if (!available) throw new Error(`Expected ${file} since REQUIRE_CHROMIUM=1, found none`);
      await run();
    },
  });
}

function hasFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
