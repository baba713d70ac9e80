/** The golden files in Debian's Chromium: by the bundled decoder, and by the page's WebGPU (Dawn and Tint on SwiftShader). */

import { assertEquals } from "@std/assert";
import { chromium, type Page } from "playwright-core";
import { bundleText } from "../../packaging/bundle.ts";
import { CHROMIUM, chromiumTest } from "../chromium.ts";
import { pictureChecksum } from "../picture_checksum.ts";

const ARGUMENTS = [
  ...["--no-sandbox", "--disable-quic", "--no-first-run", "--enable-unsafe-webgpu"],
  ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
];
const ROOT = new URL("../../", import.meta.url);
const GOLDEN = new URL("tests/golden/", ROOT);
const CHECKSUMS: Record<string, string> = JSON.parse(Deno.readTextFileSync(new URL("checksums.json", GOLDEN)));
const NAMES = [...Deno.readDirSync(GOLDEN)].map(({ name }) => name).filter((name) => name.endsWith(".chic")).sort()
  .map((name) => name.replace(".chic", ""));

chromiumTest(
  "decode() bundled for the browser gives the golden pixels and refusals in Chromium",
  CHROMIUM,
  async () => {
    await withPage("codec/decode.ts", async (page) => {
      for (const decoder of ["plain", "wasm"] as const) {
        for (const name of NAMES) {
          const expected = name.startsWith("x_") ? "BitstreamError" : CHECKSUMS[name];
          assertEquals(await outcome(page, name, decoder), expected, `${name} (${decoder})`);
        }
      }
    });
  },
);

chromiumTest("reconstructGpu() gives the golden pixels in Chromium's WebGPU", CHROMIUM, async () => {
  await withPage("tests/exactness/decode_gpu.ts", async (page) => {
    for (const [name, checksum] of Object.entries(CHECKSUMS)) assertEquals(await outcome(page, name), checksum, name);
  });
});

/** The pixel checksum of a golden file that the page decodes, or the name of the error. */
async function outcome(page: Page, name: string, decoder?: "plain" | "wasm"): Promise<string> {
  const result = await page.evaluate(decodeInPage, { name, ...decoder && { decoder } });
  if (typeof result === "string") return result;
  const typed = (samples: number[]) => result.bitDepth > 8 ? Uint16Array.from(samples) : Uint8Array.from(samples);
  return pictureChecksum({ data: typed(result.data), ...result.alpha && { alpha: typed(result.alpha) } });
}

/** Runs in the page. The library tells its errors by class, so the class is asked for, not its name alone. */
async function decodeInPage(
  { name, decoder }: { name: string; decoder?: "plain" | "wasm" },
): Promise<{ data: number[]; alpha: number[] | undefined; bitDepth: number } | string> {
  const library: typeof import("../../codec/decode.ts") = await import(`${location.origin}/library.js`);
  const bytes = new Uint8Array(await (await fetch(`/${name}.chic`)).arrayBuffer());
  try {
    const { data, alpha, bitDepth } = await library.decode(bytes, decoder && { decoder });
    return { data: [...data], alpha: alpha && [...alpha], bitDepth };
  } catch (error) {
    return library.BitstreamError && error instanceof library.BitstreamError ? "BitstreamError" : `${error}`;
  }
}

/** Opens a page that can import `/library.js`, bundled from a file of the repository, and fetch the golden files. */
async function withPage(entry: string, use: (page: Page) => Promise<void>): Promise<void> {
  const library = await bundleText(entry, { platform: "browser" });
  const listen = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
  await using server = Deno.serve(listen, (request) => respond(new URL(request.url).pathname, library));
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGUMENTS });
  try {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${server.addr.port}/`);
    await use(page);
  } finally {
    await browser.close();
  }
}

async function respond(path: string, library: string): Promise<Response> {
  if (path === "/") return new Response("<!doctype html>", { headers: { "content-type": "text/html" } });
  if (path === "/library.js") return new Response(library, { headers: { "content-type": "text/javascript" } });
  const name = NAMES.find((name) => path === `/${name}.chic`);
  return name ? new Response(await Deno.readFile(new URL(`${name}.chic`, GOLDEN))) : new Response("", { status: 404 });
}
