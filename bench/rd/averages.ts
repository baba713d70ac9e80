/**
 * From pictures to one curve. Two conventions are in use, and their curves must not be compared with each other: the mean of
 * PSNRs lies up to half a dB above the PSNR of the mean error.
 */

import type { RatePoint } from "./bd_rate.ts";
import { distinct, type Measurement } from "./measurement.ts";

/**
 * `mean-psnr`: plain means of bpp and of PSNR (CompressAI, C3). `mean-mse`: all bits by all pixels, and the PSNR of the
 * pixel-weighted mean squared error (Cool-chic).
 */
export type Convention = "mean-psnr" | "mean-mse";

/** Both, in the order of tables. */
export const CONVENTIONS: readonly Convention[] = ["mean-psnr", "mean-mse"];

/** A point of an averaged curve. */
export interface AveragePoint extends RatePoint {
  readonly setting: string;
}

/** One codec's curve over `images`, at the settings for which every one of them is there; by rate. */
export function averageCurve(
  measurements: readonly Measurement[],
  images: readonly string[],
  convention: Convention,
): AveragePoint[] {
  const wanted = measurements.filter(({ image }) => images.includes(image));
  return distinct(wanted, ({ setting }) => setting).flatMap((setting) => {
    const rows = wanted.filter((row) => row.setting === setting);
    if (distinct(rows, ({ image }) => image).length < images.length) return [];
    return [{ setting, ...average(rows, convention) }];
  }).sort((a, b) => a.bpp - b.bpp);
}

/** The points of one picture, by rate. */
export function imageCurve(measurements: readonly Measurement[], image: string): AveragePoint[] {
  return averageCurve(measurements, [image], "mean-psnr");
}

function average(rows: readonly Measurement[], convention: Convention): RatePoint {
  if (convention === "mean-psnr") return { bpp: mean(rows, (r) => r.bpp), psnrDb: mean(rows, (r) => r.psnrDb) };
  const pixels = (row: Measurement) => row.pixels;
  const error = mean(rows, ({ psnrDb }) => 10 ** (-psnrDb / 10), pixels);
  return { bpp: mean(rows, (r) => r.bpp, pixels), psnrDb: -10 * Math.log10(error) };
}

function mean<T>(list: readonly T[], value: (item: T) => number, weight: (item: T) => number = () => 1): number {
  const total = list.reduce((sum, item) => sum + weight(item), 0);
  return list.reduce((sum, item) => sum + weight(item) * value(item), 0) / total;
}
