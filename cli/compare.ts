/** `compare`: how far two pictures are from each other. */

import { FileError } from "../files/errors.ts";
import { inputName, outputName, STREAM } from "../files/streams.ts";
import { writeFile } from "../files/write_file.ts";
import { checkPictureName, pictureFile } from "../files/write_picture.ts";
import { alphaPsnrDb, type Image, isOpaque, msSsim, newSamples, psnrDb, ssim } from "../mod.ts";
import { readAnyPicture } from "./any_picture.ts";
import { ArgumentError } from "./errors.ts";
import { chooseOutput } from "./paths.ts";
import { printResult } from "./print.ts";
import { protectInput } from "./safe_output.ts";
import { jsonPsnrDb, psnrText, rowsText } from "./words.ts";

/** Options of the command. */
export interface CompareCommandOptions {
  readonly diff?: string | undefined;
  readonly gain: number;
  readonly json?: true | undefined;
}

/** What two pictures have between them. */
interface Comparison {
  readonly psnrDb: number;
  /** If one of them has alpha. */
  readonly alphaPsnrDb: number | undefined;
  readonly ssim: number | undefined;
  readonly msSsim: number | undefined;
  /** Of any sample, in units of the deeper picture. */
  readonly largestDifference: number;
  /** Share of pixels that are equal in all colours, 0..1. */
  readonly equalPixels: number;
}

/** Compares two pictures; prints the result on stdout. */
export async function compareCommand(first: string, second: string, options: CompareCommandOptions): Promise<void> {
  if (first === STREAM && second === STREAM) throw new ArgumentError("expected one picture on stdin, found two");
  const output = options.diff === undefined
    ? undefined
    : chooseOutput({ input: first, output: options.diff, extension: ".png" });
  if (output) {
    checkPictureName(output);
    protectInput({ input: second, output, force: false });
  }
  const [a, b] = alike(await readAnyPicture(first), await readAnyPicture(second), second);
  const comparison = compare(a, b);
  const onWarning = () => {};
  if (output) writeFile(output, pictureFile(difference(a, b, options.gain), output, onWarning));
  const names = { first: inputName(first), second: inputName(second), diff: output && outputName(output) };
  const text = options.json ? JSON.stringify(toJson(comparison, names)) : toWords(comparison, a.bitDepth);
  printResult(output ?? "", text);
}

/** Both pictures with the channels and the depth of the richer one. Throws a `FileError` if they differ in size. */
function alike(a: Image, b: Image, second: string): [Image, Image] {
  if (a.width !== b.width || a.height !== b.height) {
    const sizes = [a, b].map(({ width, height }) => `${width}x${height} pixels`);
    throw new FileError(inputName(second), `expected ${sizes[0]} like the first picture, found ${sizes[1]}`);
  }
  const [channels, bitDepth] = [Math.max(a.channels, b.channels), Math.max(a.bitDepth, b.bitDepth)];
  return [converted(a, { channels, bitDepth }), converted(b, { channels, bitDepth })];
}

function converted(image: Image, { channels, bitDepth }: { channels: number; bitDepth: number }): Image {
  if (image.channels === channels && image.bitDepth === bitDepth) return image;
  const scale = (2 ** bitDepth - 1) / (2 ** image.bitDepth - 1);
  const deepened = (samples: Image["data"], repeat: number) =>
    newSamples(samples.length * repeat, bitDepth).map((_, i) => Math.round(samples[Math.floor(i / repeat)] * scale));
  const data = deepened(image.data, channels / image.channels);
  return { ...image, channels, bitDepth, data, ...image.alpha && { alpha: deepened(image.alpha, 1) } };
}

function compare(a: Image, b: Image): Comparison {
  const hasAlpha = [a, b].some(({ alpha, bitDepth }) => alpha && !isOpaque(alpha, bitDepth));
  let [largestDifference, equal] = [0, 0];
  for (let i = 0; i < a.data.length; i += a.channels) {
    let largest = 0;
    for (let k = i; k < i + a.channels; k++) largest = Math.max(largest, Math.abs(a.data[k] - b.data[k]));
    if (largest === 0) equal++;
    largestDifference = Math.max(largestDifference, largest);
  }
  return {
    psnrDb: psnrDb(a, b),
    alphaPsnrDb: hasAlpha ? alphaPsnrDb(a, b) : undefined,
    ssim: ssim(a, b),
    msSsim: msSsim(a, b),
    largestDifference,
    equalPixels: equal * a.channels / a.data.length,
  };
}

/** Middle gray where pictures are equal, brighter where the second one is; 8 bits, differences times `gain`. */
function difference(a: Image, b: Image, gain: number): Image {
  const scale = gain * 255 / (2 ** a.bitDepth - 1);
  const data = new Uint8ClampedArray(a.data.length);
  for (let i = 0; i < data.length; i++) data[i] = 128 + scale * (b.data[i] - a.data[i]);
  return { width: a.width, height: a.height, channels: a.channels, bitDepth: 8, data: new Uint8Array(data.buffer) };
}

function toJson(comparison: Comparison, names: { first: string; second: string; diff: string | undefined }) {
  return {
    ...names,
    psnr_db: jsonPsnrDb(comparison.psnrDb),
    ...comparison.alphaPsnrDb !== undefined && { alpha_psnr_db: jsonPsnrDb(comparison.alphaPsnrDb) },
    ssim: comparison.ssim ?? null,
    ms_ssim: comparison.msSsim ?? null,
    largest_difference: comparison.largestDifference,
    equal_pixels: comparison.equalPixels,
  };
}

function toWords(comparison: Comparison, bitDepth: number): string {
  const { alphaPsnrDb, equalPixels, largestDifference } = comparison;
  return rowsText([
    ["PSNR", psnrText(comparison.psnrDb)],
    ...alphaPsnrDb === undefined ? [] : [["PSNR of alpha", psnrText(alphaPsnrDb)] as const],
    ["SSIM", comparison.ssim?.toFixed(5) ?? "needs 11 pixels per side"],
    ["MS-SSIM", comparison.msSsim?.toFixed(5) ?? "needs 176 pixels per side"],
    ["largest difference", `${largestDifference} of ${2 ** bitDepth - 1}`],
    ["equal pixels", `${(100 * equalPixels).toFixed(2)} %`],
  ]);
}
