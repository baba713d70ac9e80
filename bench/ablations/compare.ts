/** What a variation changes, over pictures and seeds. */

import { rateDistortionLoss } from "../measure.ts";
import { distinct, type ResultRow } from "../rd/measurement.ts";
import { COMPLETE } from "./variations.ts";

/**
 * `MSE + lambda * bits per pixel` of a row, samples scaled to 0..1. The header is left out: it spells an architecture out
 * that is none of the presets.
 */
export function lossOf(row: ResultRow): number {
  const bpp = (Number(row.latent_bits) + Number(row.network_bits)) / Number(row.n_pixels);
  return rateDistortionLoss(Number(row.psnr_db), Number(row.lambda), bpp);
}

/**
 * A line of text cells for each variation: its name, the mean change of the loss against the complete codec in percent
 * (geometric, of the same pictures and seeds), the standard deviation of that change from run to run, the number of runs,
 * the mean of the network bits, and the multiplications per pixel.
 */
export function compareWithComplete(
  rows: readonly ResultRow[],
  { preset, lambda, iterations }: { preset: string; lambda: number; iterations: number },
): string[][] {
  const ours = rows.filter((row) =>
    row.preset === preset && row.lambda === `${lambda}` && row.iterations === `${iterations}`
  );
  const complete = new Map(ours.filter(({ codec }) => codec === COMPLETE).map((row) => [runOf(row), lossOf(row)]));
  return distinct(ours, ({ codec }) => codec).map((codec) => {
    const runs = ours.filter((row) => row.codec === codec && complete.has(runOf(row)));
    const changes = runs.map((row) => Math.log(lossOf(row) / complete.get(runOf(row))!));
    const mean = average(changes);
    const deviation = Math.sqrt(average(changes.map((change) => (change - mean) ** 2)));
    const bits = average(runs.map((row) => Number(row.network_bits)));
    return [
      codec,
      (100 * Math.expm1(mean)).toFixed(1),
      (100 * deviation).toFixed(1),
      `${runs.length}`,
      bits.toFixed(0),
      runs[0]?.mac_per_pixel ?? "",
    ];
  });
}

function runOf({ image, seed }: ResultRow): string {
  return `${image} ${seed}`;
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
