/**
 * Bytes of lossless alpha planes against deflated PNG rows, on planes made here.
 *
 *     deno run -A bench/alpha_sizes.ts
 */

import { deflateSync } from "node:zlib";
import { encodeAlpha } from "../bitstream/alpha.ts";
import { filterRows } from "../files/png_filters.ts";

const SIDE = 512;
const fromCentre = (x: number, y: number) => Math.hypot(x - SIDE / 2, y - SIDE / 2);

/** Opacity at a place, cut to 0..255. */
const PLANES: Readonly<Record<string, { side: number; opacity: (x: number, y: number) => number }>> = {
  "hard disc": { side: SIDE, opacity: (x, y) => fromCentre(x, y) < 200 ? 255 : 0 },
  "disc with an antialiased edge": { side: SIDE, opacity: (x, y) => 255 * (200.5 - fromCentre(x, y)) },
  "radial fade": { side: SIDE, opacity: (x, y) => 255 * (200 - fromCentre(x, y)) / 30 },
  slope: { side: SIDE, opacity: (x) => x / 2 },
  "one value": { side: 2000, opacity: () => 0 },
};

for (const [name, { side, opacity }] of Object.entries(PLANES)) {
  const alpha = new Uint8Array(side * side);
  for (let i = 0; i < alpha.length; i++) {
    alpha[i] = Math.max(0, Math.min(255, opacity(i % side, Math.floor(i / side))));
  }
  const coded = encodeAlpha(alpha, { width: side, height: side, bitDepth: 8 }).length;
  const deflated =
    deflateSync(filterRows({ bytes: alpha, length: side, pixel: 1 }, { first: 0, end: side }), { level: 9 }).length;
  // deno-lint-ignore no-console
  console.log(`${name.padEnd(30)} ${side}x${side}: ${coded} bytes, deflated PNG rows ${deflated} bytes`);
}
