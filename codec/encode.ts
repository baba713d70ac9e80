/** The encoder: from pixels to the bytes of a file. */

import { imageShape } from "../bitstream/architecture.ts";
import { writeHeader } from "../bitstream/header.ts";
import { checkLimits, DEFAULT_LIMITS } from "../bitstream/limits.ts";
import { presetOf } from "../bitstream/header_architecture.ts";
import { pixelChecksum } from "../bitstream/checksum.ts";
import type { QuantisedModel } from "../bitstream/quantised_model.ts";
import { RESTORATION_ID } from "../bitstream/restoration.ts";
import { type SectionBytes, writeModel, type WrittenModel } from "../bitstream/write.ts";
import { MAX_THREADS } from "../kernels/wasm/max_threads.ts";
import { macPerPixel } from "../bitstream/complexity.ts";
import { LARGEST_AUTO } from "./choose_preset.ts";
import { decode } from "./decode.ts";
import { architectureOf, type Fit, fitImage, type FitSettings } from "./fit_image.ts";
import type { Image } from "./image.ts";
import { integerBackend } from "./integer_backend.ts";
import { alphaPsnrDb, psnrDb } from "./metrics.ts";
import {
  ALTERNATIVES,
  EFFORTS,
  ENCODE_DEFAULTS,
  type EncodeOptions,
  type EncodeReport,
  type EncodeResult,
  INGREDIENTS,
  PRESET_CHOICES,
} from "./options.ts";
import { type PreparedImage, prepareImage } from "./prepare_image.ts";
import { isReached, type Outcome } from "./target.ts";

/**
 * Encodes an image. Size and quality in the report are those of the returned bytes, decoded by `decode`.
 *
 * Throws a `RangeError` for an image or option out of range, a `LimitError` if `decode` would refuse the file, a
 * `CheckpointError` for a checkpoint that does not fit, a `GpuError` if the GPU asked for is missing or fails, and the
 * signal's reason if aborted.
 */
export async function encode(image: Image, options: EncodeOptions = {}): Promise<EncodeResult> {
  const start = performance.now();
  checkAlternatives(options);
  const settings = withDefaults(options);
  checkSettings(settings);
  const prepared = prepareImage(image, settings.alpha);
  checkFile(prepared, settings);
  const extensionBytes = bytesOf(prepared);
  const measure = (model: QuantisedModel): Outcome => {
    const { bytes } = writeFile(model, prepared);
    return { bytes: bytes.length - extensionBytes, psnrDb: psnrDb(image, decode(bytes)) };
  };
  const { model, ...fit } = await fitImage(prepared.planes, forModel(settings, extensionBytes), {
    measure,
    startedAt: start,
  });
  const { bytes, sections } = writeFile(model, prepared);
  const decoded = decode(bytes);
  const outcome = { bytes: bytes.length, psnrDb: psnrDb(image, decoded) };
  const targetReached = checkTarget(outcome, settings);
  const seconds = (performance.now() - start) / 1000;
  const report = {
    ...makeReport(image, { outcome, decoded, sections, settings, model }),
    ...fit,
    seconds,
    targetReached,
  };
  return { bytes, report };
}

function writeFile(model: QuantisedModel, { extensions }: PreparedImage): WrittenModel {
  const { reconstruct, latentPredictor: predictor } = integerBackend();
  return writeModel(model, pixelChecksum(reconstruct(model).data), { predictor, extensions });
}

/** Bytes of alpha and metadata, which no training changes. */
function bytesOf({ extensions }: PreparedImage): number {
  return extensions.reduce((sum, { data }) => sum + data.length, 0);
}

/** The settings with what a size leaves for the model; never nothing. */
function forModel(settings: FitSettings, extensionBytes: number): FitSettings {
  const { target } = settings;
  if (target?.kind !== "bytes") return settings;
  return { ...settings, target: { ...target, bytes: Math.max(1, target.bytes - extensionBytes) } };
}

/** Whether the target was reached; warns if not. */
function checkTarget(outcome: Outcome, { target, onWarning }: FitSettings): boolean {
  if (!target || isReached(target, outcome)) return true;
  const [expected, found] = target.kind === "bytes"
    ? [`at most ${target.bytes} bytes and at least 98 % of that`, `${outcome.bytes} bytes`]
    : [`${target.psnrDb} dB within 0.1 dB`, `${outcome.psnrDb.toFixed(2)} dB`];
  onWarning?.(`the target was not reached: expected ${expected}, came to ${found}`);
  return false;
}

function makeReport(
  image: Image,
  { outcome, decoded, sections, settings, model }: {
    outcome: Outcome;
    decoded: Image;
    sections: SectionBytes;
    settings: FitSettings;
    model: QuantisedModel;
  },
): Omit<EncodeReport, keyof Fit | "seconds" | "targetReached"> {
  const { width, height } = image;
  const bpp = (count: number) => 8 * count / (width * height);
  return {
    width,
    height,
    ...outcome,
    ...image.alpha && decoded.alpha && { alphaPsnrDb: alphaPsnrDb(image, decoded) },
    bpp: bpp(outcome.bytes),
    rateLatentBpp: bpp(sections.latents),
    rateNetworkBpp: bpp(sections.parameters),
    rateHeaderBpp: bpp(sections.header),
    preset: presetOf(model.architecture) ?? "custom",
    seed: settings.seed,
    macPerPixel: macPerPixel(model.architecture, model.shape, { restored: model.restoration !== undefined }),
  };
}

function withDefaults(options: EncodeOptions): FitSettings {
  const given = { ...ENCODE_DEFAULTS, ...withoutUndefined(options) };
  const { iterations } = EFFORTS[given.effort] ?? EFFORTS[ENCODE_DEFAULTS.effort];
  return { iterations, ...given };
}

function withoutUndefined(options: EncodeOptions): EncodeOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

function expect(what: string, ok: boolean, received: unknown): void {
  if (!ok) throw new RangeError(`Cannot encode: expected ${what}, received ${received}`);
}

/** Throws a `RangeError` for an option out of range, before anything is trained. */
function checkSettings(settings: FitSettings): void {
  checkChoices(settings);
  checkGoal(settings);
}

/** Throws a `RangeError` for two options of which one would be ignored. */
function checkAlternatives(options: EncodeOptions): void {
  for (const [one, other] of ALTERNATIVES) {
    const both = options[one] !== undefined && options[other] !== undefined;
    expect(`only one of ${one} and ${other}`, !both, "both");
  }
}

/**
 * Before anything is trained: throws a `RangeError` if no file can say what decoder and picture are, and a `LimitError` if
 * `decode` would refuse the file.
 */
function checkFile({ planes, extensions }: PreparedImage, settings: FitSettings): void {
  const { preset, topLevel } = settings;
  const header = {
    shape: imageShape(planes, topLevel),
    bitDepth: planes.bitDepth,
    architecture: architectureOf({ ...settings, preset: preset === "auto" ? LARGEST_AUTO : preset }),
    // The restoration filter, which takes memory, is chosen at the end.
    extensions: [...extensions, { id: RESTORATION_ID, data: new Uint8Array() }],
    defaults: "none" as const,
  };
  writeHeader({ ...header, fileChecksum: 0, pixelChecksum: 0, streamLengths: [0] });
  checkLimits(header, DEFAULT_LIMITS);
}

function isPositive(value: number | undefined): boolean {
  return value === undefined || (Number.isFinite(value) && value > 0);
}

function checkGoal({ target, seconds, rateScale, checkpoint }: FitSettings): void {
  expect("finite seconds > 0", isPositive(seconds), seconds);
  expect("a finite rateScale > 0", isPositive(rateScale), rateScale);
  if (target) {
    const value = target.kind === "bytes" ? target.bytes : target.psnrDb;
    const isTarget = ["bytes", "psnr"].includes(target.kind) && value !== undefined && isPositive(value);
    expect("a target of bytes or psnrDb > 0", isTarget, JSON.stringify(target));
  }
  const everySeconds = checkpoint?.everySeconds;
  expect("a checkpoint every so many seconds >= 0", everySeconds === undefined || everySeconds >= 0, everySeconds);
}

function checkChoices(settings: FitSettings): void {
  const { lambda, preset, effort, iterations, seed, threads, device, alpha, without } = settings;
  expect("a finite lambda > 0", Number.isFinite(lambda) && lambda > 0, lambda);
  expect(`preset ${PRESET_CHOICES.join(", ")}`, PRESET_CHOICES.includes(preset), preset);
  expect(`effort ${Object.keys(EFFORTS).join(", ")}`, effort in EFFORTS, effort);
  expect("a whole number of iterations >= 1", Number.isInteger(iterations) && iterations >= 1, iterations);
  expect("a seed 0..2^32-1", Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32, seed);
  const isCount = Number.isInteger(threads) && threads >= 0 && threads <= MAX_THREADS;
  expect(`0..${MAX_THREADS} threads`, isCount, threads);
  expect("device auto, cpu or gpu", ["auto", "cpu", "gpu"].includes(device), device);
  const known = without?.every((ingredient) => INGREDIENTS.includes(ingredient)) ?? true;
  expect(`ingredients ${INGREDIENTS.join(", ")}`, known, without);
  expect("alpha lossless or lossy", ["lossless", "lossy"].includes(alpha), alpha);
}
