/** `--enc_results_path`: a table of one row with the columns of the original program, separated by commas. */

import type { EncodeReport } from "../mod.ts";
import { jsonPsnrDb } from "./words.ts";

/**
 * A line of names and a line of values. Sizes and quality were measured on the written file, decoded by the real decoder, so
 * the decoder's columns equal the encoder's. `rate_mlp_bpp` is all that is not latents: networks and header.
 */
export function resultsText(report: EncodeReport): string {
  const psnr = jsonPsnrDb(report.psnrDb);
  const row: readonly (readonly [column: string, value: number])[] = [
    ["psnr", psnr],
    ["rate_latent_bpp", report.rateLatentBpp],
    ["rate_mlp_bpp", report.rateNetworkBpp + report.rateHeaderBpp],
    ["rate_all_bpp", report.bpp],
    ["training_time_second", report.seconds],
    ["n_iteration", report.iterations],
    ["decoder_rate_bpp", report.bpp],
    ["decoder_psnr_db", psnr],
  ];
  return `${row.map(([column]) => column).join(",")}\n${row.map(([, value]) => value).join(",")}\n`;
}
