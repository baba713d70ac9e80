import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { PRESETS } from "../../bitstream/architecture.ts";
import { pixelChecksum } from "../../bitstream/checksum.ts";
import { writeModel } from "../../bitstream/write.ts";
import { reconstruct } from "../../codec/reconstruct.ts";
import { readPng } from "../../files/png.ts";
import { randomModel } from "../random_model.ts";
import { inFolder, namesIn, runChic } from "./command.ts";

const SIZE = { width: 60, height: 44, topLevel: 4, channels: 3, bitDepth: 8 };
const MODEL = randomModel({ seed: 9, ...SIZE, architecture: PRESETS.lop });
const FILE = writeModel(MODEL, pixelChecksum(reconstruct(MODEL).data)).bytes;
const FILES = [
  "bits.png",
  ...[2, 3, 4].map((level) => `hyper_${level}.png`),
  ...[0, 1, 2, 3, 4].map((level) => `latent_${level}.png`),
];

Deno.test("info --latents writes each grid and the bit map, and its numbers add up", () =>
  inFolder(async (folder) => {
    Deno.writeFileSync(join(folder, "photo.chic"), FILE);
    const words = await runChic(folder, "info", "photo.chic", "--latents", "deep/er");
    assertEquals([words.code, words.stderr], [0, ""]);
    assertStringIncludes(words.stdout, "deep/er/bits.png");
    assertEquals(namesIn(join(folder, "deep/er")), FILES);
    const { stdout } = await runChic(folder, "info", "photo.chic", "--latents", "deep/er", "--json");
    const json = JSON.parse(stdout);
    const sum = json.latent_grids.reduce((sum: number, grid: { bits: number }) => sum + grid.bits, 0);
    assert(Math.abs(sum - json.latent_bits) < 1e-6 * sum);
    assert(Math.abs(json.latent_bits / 8 - json.section_bytes.latents) < 0.06 * json.section_bytes.latents);
    const finest = readPng(Deno.readFileSync(join(folder, "deep/er/latent_0.png")));
    assertEquals([finest.width, finest.height, finest.channels], [60, 44, 1]);
    const grid = MODEL.grids.at(-1)!;
    const scale = 127 / grid.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1);
    assertEquals([...finest.data], [...grid].map((value) => 128 + Math.round(scale * value)));
    // Each pixel of the map is its bits over those of white: their sum is that of all latents, but for what is cut off.
    const map = readPng(Deno.readFileSync(join(folder, "deep/er/bits.png"))).data as Uint8Array;
    const shown = map.reduce((total, value) => total + value, 0) * json.bit_map_white / 255;
    assert(Math.abs(shown - json.latent_bits) < 0.01 * json.latent_bits, `${shown} of ${json.latent_bits}`);
  }));

Deno.test("info --latents says what is in the way of its folder", () =>
  inFolder(async (folder) => {
    Deno.writeFileSync(join(folder, "photo.chic"), FILE);
    const { code, stderr } = await runChic(folder, "info", "photo.chic", "--latents", "photo.chic");
    assertEquals(code, 2);
    assertStringIncludes(stderr, "chic: photo.chic: expected a folder to write into, found ");
    assertEquals(namesIn(folder), ["photo.chic"]);
  }));
