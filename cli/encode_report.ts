/** What `encode` says of a file it made. */

import type { EncodeReport } from "../mod.ts";
import type { FileJob } from "./inputs.ts";
import { bppText, jsonPsnrDb, psnrText, secondsText } from "./words.ts";

/** The fields of `--json` and of `--log`. */
export function reportFields(report: EncodeReport): Record<string, string | number> {
  return {
    ...{ width: report.width, height: report.height, bytes: report.bytes, bpp: report.bpp },
    psnr_db: jsonPsnrDb(report.psnrDb),
    ...report.alphaPsnrDb !== undefined && { alpha_psnr_db: jsonPsnrDb(report.alphaPsnrDb) },
    rate_latent_bpp: report.rateLatentBpp,
    rate_network_bpp: report.rateNetworkBpp,
    ...{ iterations: report.iterations, seconds: report.seconds, device: report.device },
    ...{ preset: report.preset, lambda: report.lambda, seed: report.seed },
    mac_per_pixel: report.macPerPixel.total,
  };
}

/** One line for a person. */
export function reportText(report: EncodeReport, { input, output }: FileJob): string {
  const size = `${report.bytes} bytes, ${bppText(report.bpp)}, ${psnrText(report.psnrDb)}`;
  const { arm, ifce, synthesis, total } = report.macPerPixel;
  const networks = (arm + ifce + synthesis).toFixed(0);
  const work = report.preset === "custom"
    ? `; ${networks} MAC per pixel in the networks, ${total.toFixed(0)} in all`
    : "";
  const effort = `${report.iterations} iterations in ${secondsText(report.seconds)} on ${report.device}`;
  return `${input} -> ${output}: ${size}; ${effort}${work}`;
}
