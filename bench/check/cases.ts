/** The short fixed set that guards against regressions: drawn pictures whose encodes take seconds in all. */

import { Buffer } from "node:buffer";
import { crc32 } from "node:zlib";
import type { PresetName } from "../../bitstream/architecture.ts";
import { psnrDb } from "../../codec/metrics.ts";
import { decode, encode, type EncodeOptions, type Image } from "../../mod.ts";
import { drawSample } from "../../samples/draw_sample.ts";
import { rateDistortionLoss } from "../measure.ts";

/** One encode. */
export interface EncodeCase {
  readonly name: string;
  readonly picture: () => Image;
  readonly options: Required<Pick<EncodeOptions, "lambda" | "preset" | "iterations">>;
}

/** What an encode came to: the same on every run of the same program. */
export interface EncodeOutcome {
  readonly bytes: number;
  readonly psnrDb: number;
  /** What training minimises: the mean squared error of samples scaled to 0..1, plus lambda times bits per pixel. */
  readonly loss: number;
  /** CRC-32 of the file. */
  readonly crc: number;
}

const SAMPLE = { width: 96, height: 64 };

function sampleCase(preset: PresetName, lambda: number, iterations: number): EncodeCase {
  const name = `${preset}, lambda ${lambda}, ${iterations} iterations, ${SAMPLE.width}x${SAMPLE.height}`;
  return { name, picture: () => drawSample(SAMPLE), options: { preset, lambda, iterations } };
}

/** All presets, at their rates. */
export const ENCODE_CASES: readonly EncodeCase[] = [
  sampleCase("lop", 0.004, 400),
  sampleCase("mop", 0.001, 700),
  sampleCase("hop", 0.0004, 400),
  sampleCase("vhop", 0.0002, 400),
];

/** Encodes on the CPU, which every machine has, and decodes. */
export async function runCase({ picture, options }: EncodeCase): Promise<EncodeOutcome> {
  const image = picture();
  const { bytes } = await encode(image, { ...options, seed: 0, device: "cpu" });
  const quality = psnrDb(image, decode(bytes));
  const bpp = 8 * bytes.length / (image.width * image.height);
  const loss = rateDistortionLoss(quality, options.lambda, bpp);
  return { bytes: bytes.length, psnrDb: quality, loss, crc: crc32(Buffer.from(bytes)) };
}
