/**
 * Multiplications per decoded pixel of a 768x512 picture, by module, counted from the architecture: the presets, and the
 * decoder of the first COOL-CHIC paper (whose 680 leave out upsampling). The formula is verified against a counter in the
 * plain decoder on a small picture before it is printed.
 *
 *     deno bench -A bench/mac_bench.ts
 */

import { assertEquals } from "@std/assert";
import { type Architecture, PRESET_NAMES, PRESETS } from "../bitstream/architecture.ts";
import { macPerPixel } from "../bitstream/complexity.ts";
import { PLAIN_DEFAULTS, plainArchitecture } from "../codec/plain_architecture.ts";
import { countMultiplications } from "./count_multiplications.ts";
import { denseModel } from "./dense_model.ts";
import { table } from "./measure.ts";

const KODAK = { width: 768, height: 512, channels: 3, topLevel: 6 };
const SMALL = { width: 75, height: 31, channels: 3, topLevel: 6 };

const ARCHITECTURES: readonly (readonly [name: string, architecture: Architecture])[] = [
  ...PRESET_NAMES.map((name) => [name, PRESETS[name]] as const),
  ["original", plainArchitecture(PLAIN_DEFAULTS)],
];

const rows = ARCHITECTURES.map(([name, architecture]) => {
  const { width, height } = SMALL;
  const counted = countMultiplications(denseModel(architecture, SMALL)).total * width * height;
  assertEquals(Math.round(counted), Math.round(macPerPixel(architecture, SMALL).total * width * height), name);
  const { arm, ifce, upsampling, synthesis, restoration, total } = macPerPixel(architecture, KODAK, { restored: true });
  return [name, ...[arm, ifce, upsampling, synthesis, restoration, total].map((count) => count.toFixed(1))];
});
// deno-lint-ignore no-console -- a bench prints its tables
console.log(table(["MAC per pixel, 768x512", "ARM", "IFCE", "upsampling", "synthesis", "restoration", "total"], rows));
