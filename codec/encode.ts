/** The encoder: from pixels to the bytes of a file. */

import { PRESET_NAMES } from "../bitstream/architecture.ts";
import { pixelChecksum } from "../bitstream/checksum.ts";
import { type SectionBytes, writeModel } from "../bitstream/write.ts";
import { decode } from "./decode.ts";
import { fitImage, type FitSettings } from "./fit_image.ts";
import type { Image } from "./image.ts";
import { integerBackend } from "./integer_backend.ts";
import { alphaPsnrDb, psnrDb } from "./metrics.ts";
import { ENCODE_DEFAULTS, type EncodeOptions, type EncodeReport, type EncodeResult } from "./options.ts";
import { prepareImage } from "./prepare_image.ts";

/**
 * Encodes an image. Size and quality in the report are those of the returned bytes, decoded by `decode`.
 *
 * Throws a `RangeError` for an image or option out of range, a `GpuError` if the GPU asked for is missing or fails, and the
 * signal's reason if aborted.
 */
export async function encode(image: Image, options: EncodeOptions = {}): Promise<EncodeResult> {
  const start = performance.now();
  const settings: FitSettings = { ...ENCODE_DEFAULTS, ...withoutUndefined(options) };
  checkSettings(settings);
  const { planes, extensions } = prepareImage(image, settings.alpha);
  const { model, device } = await fitImage(planes, settings);
  const { reconstruct, latentPredictor: predictor } = integerBackend();
  const checksum = pixelChecksum(reconstruct(model).data);
  const { bytes, sections } = writeModel(model, checksum, { predictor, extensions });
  const report = makeReport(image, { bytes, sections, settings, device, seconds: (performance.now() - start) / 1000 });
  return { bytes, report };
}

function makeReport(
  image: Image,
  { bytes, sections, settings, device, seconds }: {
    bytes: Uint8Array;
    sections: SectionBytes;
    settings: FitSettings;
    device: string;
    seconds: number;
  },
): EncodeReport {
  const { width, height } = image;
  const bpp = (count: number) => 8 * count / (width * height);
  const decoded = decode(bytes);
  return {
    width,
    height,
    bytes: bytes.length,
    bpp: bpp(bytes.length),
    psnrDb: psnrDb(image, decoded),
    ...image.alpha && decoded.alpha && { alphaPsnrDb: alphaPsnrDb(image, decoded) },
    rateLatentBpp: bpp(sections.latents),
    rateNetworkBpp: bpp(sections.parameters),
    rateHeaderBpp: bpp(sections.header),
    iterations: settings.iterations,
    seconds,
    device,
    preset: settings.preset,
    lambda: settings.lambda,
    seed: settings.seed,
  };
}

function withoutUndefined(options: EncodeOptions): EncodeOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

function checkSettings({ lambda, preset, iterations, seed, threads, device, alpha }: FitSettings): void {
  const expect = (what: string, ok: boolean, received: unknown) => {
    if (!ok) throw new RangeError(`Cannot encode: expected ${what}, received ${received}`);
  };
  expect("a finite lambda > 0", Number.isFinite(lambda) && lambda > 0, lambda);
  expect(`preset ${PRESET_NAMES.join(", ")}`, PRESET_NAMES.includes(preset), preset);
  expect("a whole number of iterations >= 1", Number.isInteger(iterations) && iterations >= 1, iterations);
  expect("a seed 0..2^32-1", Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32, seed);
  expect("0..64 threads", Number.isInteger(threads) && threads >= 0 && threads <= 64, threads);
  expect("device auto, cpu or gpu", ["auto", "cpu", "gpu"].includes(device), device);
  expect("alpha lossless or lossy", ["lossless", "lossy"].includes(alpha), alpha);
}
