/**
 * Writes the golden files: one small file per feature of the format, and files that must be refused. Once the format is frozen
 * they may only be added to: run it then for new names only.
 *
 *     deno run -A tests/golden/make_golden.ts
 */

import { deflateSync } from "fflate";
import { ALPHA_ID, type AlphaShape, encodeAlpha } from "../../bitstream/alpha.ts";
import { PRESETS } from "../../bitstream/architecture.ts";
import { pixelChecksum } from "../../bitstream/checksum.ts";
import type { Extension } from "../../bitstream/header.ts";
import { metadataExtensions } from "../../bitstream/metadata.ts";
import type { WriteOptions } from "../../bitstream/write.ts";
import { writeModel } from "../../bitstream/write.ts";
import { decode } from "../../codec/decode.ts";
import { reconstruct } from "../../codec/reconstruct.ts";
import { repair } from "../fuzz/mutate.ts";
import { pictureChecksum } from "../picture_checksum.ts";
import { randomModel, type RandomModelOptions } from "../random_model.ts";
import { SMALL_DECODER } from "../small_decoder.ts";
import { GOLDEN_METADATA } from "./metadata.ts";

const FOLDER = new URL("./", import.meta.url);
const RGB = { channels: 3, bitDepth: 8, streams: 1 };

/** Files that decode, by feature. */
const FILES: Readonly<Record<string, RandomModelOptions & WriteOptions>> = {
  "lop_17x13": { seed: 1, width: 17, height: 13, topLevel: 4, ...RGB, architecture: PRESETS.lop },
  "mop_33x20": { seed: 2, width: 33, height: 20, topLevel: 5, ...RGB, architecture: PRESETS.mop },
  "hop_40x24": { seed: 3, width: 40, height: 24, topLevel: 5, ...RGB, architecture: PRESETS.hop },
  "vhop_21x15": { seed: 23, width: 21, height: 15, topLevel: 4, ...RGB, architecture: PRESETS.vhop },
  "gray_19x31": { seed: 4, width: 19, height: 31, topLevel: 4, ...RGB, channels: 1, architecture: SMALL_DECODER },
  "deep16_12x9": { seed: 5, width: 12, height: 9, topLevel: 3, ...RGB, bitDepth: 16, architecture: SMALL_DECODER },
  "deep10_gray_12x9": {
    seed: 6,
    width: 12,
    height: 9,
    topLevel: 3,
    ...RGB,
    channels: 1,
    bitDepth: 10,
    architecture: SMALL_DECODER,
  },
  "single_pixel": { seed: 7, width: 1, height: 1, topLevel: 0, ...RGB, architecture: SMALL_DECODER },
  "single_level_9x7": { seed: 8, width: 9, height: 7, topLevel: 0, ...RGB, architecture: PRESETS.mop },
  "column_1x40": { seed: 9, width: 1, height: 40, topLevel: 5, ...RGB, architecture: SMALL_DECODER },
  "wide_1100x3": { seed: 10, width: 1100, height: 3, topLevel: 6, ...RGB, architecture: SMALL_DECODER },
  "streams_4": { seed: 11, width: 21, height: 30, topLevel: 4, ...RGB, streams: 4, architecture: SMALL_DECODER },
  "explicit_25x18": { seed: 16, width: 25, height: 18, topLevel: 4, ...RGB },
  extensions: {
    ...{ seed: 13, width: 8, height: 8, topLevel: 3, ...RGB, architecture: SMALL_DECODER },
    extensions: [{ id: 1, data: Uint8Array.of(1, 2, 3) }, { id: 127, data: new Uint8Array(200) }],
  },
  "gray_alpha_14x11": {
    ...{ seed: 17, width: 14, height: 11, topLevel: 3, ...RGB, channels: 2, architecture: SMALL_DECODER },
  },
  "rgb_alpha_23x9": { seed: 18, width: 23, height: 9, topLevel: 4, ...RGB, channels: 4, architecture: PRESETS.mop },
  "deep16_rgb_alpha_9x9": {
    ...{ seed: 19, width: 9, height: 9, topLevel: 3, ...RGB, channels: 4, bitDepth: 16, architecture: SMALL_DECODER },
  },
  "lossless_alpha_31x17": {
    ...{ seed: 20, width: 31, height: 17, topLevel: 3, ...RGB, architecture: SMALL_DECODER },
    extensions: [alphaChunk({ width: 31, height: 17, bitDepth: 8 })],
  },
  "lossless_alpha16_13x12": {
    ...{ seed: 21, width: 13, height: 12, topLevel: 3, ...RGB, channels: 1, bitDepth: 16, architecture: SMALL_DECODER },
    extensions: [alphaChunk({ width: 13, height: 12, bitDepth: 16 })],
  },
  "metadata_6x5": {
    ...{ seed: 22, width: 6, height: 5, topLevel: 2, ...RGB, architecture: SMALL_DECODER },
    extensions: metadataExtensions(GOLDEN_METADATA, (data) => deflateSync(data, { level: 9 })),
  },
  "defaults_lop_20x30": {
    ...{ seed: 24, width: 20, height: 30, topLevel: 4, ...RGB, architecture: PRESETS.lop, defaults: 0 },
  },
  "defaults_mop_18x18": {
    ...{ seed: 25, width: 18, height: 18, topLevel: 8, ...RGB, streams: 2, architecture: PRESETS.mop, defaults: 13 },
  },
  "defaults_hop_9x14": {
    ...{ seed: 26, width: 9, height: 14, topLevel: 3, ...RGB, channels: 1, architecture: PRESETS.hop, defaults: 32 },
  },
  "defaults_all_lop_26x21": {
    ...{ seed: 27, width: 26, height: 21, topLevel: 3, ...RGB, architecture: PRESETS.lop, defaults: 22 },
    synthesisDefaults: true,
  },
  "defaults_all_mop_15x19": {
    ...{ seed: 28, width: 15, height: 19, topLevel: 8, ...RGB, architecture: PRESETS.mop, defaults: 32 },
    synthesisDefaults: true,
  },
  "fields_lop_24x17": {
    ...{ seed: 32, width: 24, height: 17, topLevel: 6, ...RGB, architecture: PRESETS.lop, defaults: 27 },
    ...{ synthesisDefaults: true, learnedFields: true },
  },
  "fields_mop_gray_13x22": {
    ...{ seed: 33, width: 13, height: 22, topLevel: 3, ...RGB, channels: 1, architecture: PRESETS.mop, defaults: 5 },
    learnedFields: true,
  },
  "fields_hop_16x11": {
    ...{ seed: 34, width: 16, height: 11, topLevel: 5, ...RGB, streams: 2, architecture: PRESETS.hop, defaults: 16 },
    learnedFields: true,
  },
  "restoration_29x23": {
    ...{ seed: 29, width: 29, height: 23, topLevel: 4, ...RGB, architecture: PRESETS.lop, restoration: true },
  },
  "restoration_gray_alpha_13x18": {
    ...{ seed: 30, width: 13, height: 18, topLevel: 3, ...RGB, channels: 2, architecture: SMALL_DECODER },
    restoration: true,
  },
  "restoration_deep12_16x11": {
    ...{ seed: 31, width: 16, height: 11, topLevel: 3, ...RGB, bitDepth: 12, architecture: SMALL_DECODER },
    restoration: true,
  },
  "extreme_7x5": { seed: 14, width: 7, height: 5, topLevel: 2, ...RGB, architecture: SMALL_DECODER, extreme: true },
};

/** Alpha with edges, runs, a slope and noise. */
function alphaChunk(shape: AlphaShape): Extension {
  const { width, height, bitDepth } = shape;
  const top = (1 << bitDepth) - 1;
  const alpha = bitDepth > 8 ? new Uint16Array(width * height) : new Uint8Array(width * height);
  for (let i = 0; i < alpha.length; i++) {
    const [x, y] = [i % width, Math.floor(i / width)];
    const inside = [0, top, (x * top / width) | 0, (x * 7919 + y * 104729) & top];
    alpha[i] = inside[Math.floor(4 * y / height)];
  }
  return { id: ALPHA_ID, data: encodeAlpha(alpha, shape) };
}

/** Files whose extension chunks are wrong. */
const WRONG_EXTENSIONS: Readonly<Record<string, { channels: number; extensions: readonly Extension[] }>> = {
  "x_metadata_length": { channels: 3, extensions: [{ id: 19, data: new Uint8Array(5) }] },
  "x_metadata_twice": { channels: 3, extensions: [1, 2].map((value) => ({ id: 20, data: Uint8Array.of(value) })) },
  "x_metadata_bomb": { channels: 3, extensions: [{ id: 16, data: Uint8Array.of(1, 255, 255, 255, 127, 3, 0) }] },
  "x_metadata_deflate": { channels: 3, extensions: [{ id: 18, data: Uint8Array.of(1, 9, 7, 0, 0) }] },
  "x_alpha_checksum": { channels: 3, extensions: [{ id: 32, data: new Uint8Array(12) }] },
  "x_restoration": { channels: 3, extensions: [{ id: 128, data: Uint8Array.of(0, 0, 0) }] },
  "x_alpha_twice": { channels: 4, extensions: [alphaChunk({ width: 17, height: 13, bitDepth: 8 })] },
};

/** Changes to `lop_17x13` after which it must be refused. */
const REFUSED: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array>> = {
  "x_magic": (bytes) => bytes.with(0, 0x89),
  "x_version": (bytes) => bytes.with(2, 0x20),
  "x_architecture": (bytes) => bytes.with(2, 0x17),
  "x_defaults": (bytes) => bytes.with(2, 0x13).with(4, bytes[4] | 3),
  "x_checksum": (bytes) => bytes.with(bytes.length - 1, bytes[bytes.length - 1] ^ 1),
  "x_pixels": (bytes) => repair(bytes.with(10, bytes[10] ^ 1)),
  "x_cut": (bytes) => repair(bytes.slice(0, -40)),
  "x_long": (bytes) => repair(Uint8Array.of(...bytes, 1, 2)),
  "x_empty": () => new Uint8Array(0),
};

const checksums: Record<string, string> = {};
const write = (name: string, bytes: Uint8Array) => Deno.writeFileSync(new URL(`${name}.chic`, FOLDER), bytes);
let first: Uint8Array | undefined;
for (const [name, options] of Object.entries(FILES)) {
  const model = randomModel(options);
  const { bytes } = writeModel(model, pixelChecksum(reconstruct(model).data), options);
  first ??= bytes;
  write(name, bytes);
  checksums[name] = pictureChecksum(decode(bytes, { decoder: "plain" }));
}
for (const [name, change] of Object.entries(REFUSED)) write(name, change(first!));
for (const [name, { channels, extensions }] of Object.entries(WRONG_EXTENSIONS)) {
  const model = randomModel({ ...FILES["lop_17x13"], seed: 1, channels });
  write(name, writeModel(model, pixelChecksum(reconstruct(model).data), { extensions }).bytes);
}
Deno.writeTextFileSync(new URL("checksums.json", FOLDER), JSON.stringify(checksums, undefined, 2) + "\n");
