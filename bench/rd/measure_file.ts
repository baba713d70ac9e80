/** What a file comes to: its size, its quality once decoded, and what both took. */

import { decode, type EncodeReport, type Image, msSsim, psnrDb } from "../../mod.ts";
import type { ResultRow } from "./measurement.ts";

/** Columns that are measured; the others say what was encoded, and how. */
type Measured = Omit<ResultRow, "codec" | "image" | "lambda" | "preset" | "effort" | "iterations" | "seed" | "commit">;

/** Decodes are timed this often; the least time counts, since other programs can only add to it. */
const DECODES = 5;

/** Measures a file of `image`: its bytes, and the picture that they decode to. */
export function measureFile(
  image: Image,
  { bytes, report }: { bytes: Uint8Array; report: EncodeReport },
): Measured {
  const { width, height } = image;
  const pixels = width * height;
  let [decoded, seconds] = [decode(bytes), Infinity];
  for (let i = 0; i < DECODES; i++) {
    const start = performance.now();
    decoded = decode(bytes);
    seconds = Math.min(seconds, (performance.now() - start) / 1000);
  }
  return {
    quality: "",
    width: `${width}`,
    height: `${height}`,
    n_pixels: `${pixels}`,
    bytes: `${bytes.length}`,
    bpp: (8 * bytes.length / pixels).toFixed(6),
    psnr_db: psnrDb(image, decoded).toFixed(4),
    ms_ssim: msSsim(image, decoded)?.toFixed(6) ?? "",
    latent_bits: `${Math.round(report.rateLatentBpp * pixels)}`,
    network_bits: `${Math.round(report.rateNetworkBpp * pixels)}`,
    seconds: report.seconds.toFixed(1),
    decode_seconds: seconds.toFixed(5),
    mac_per_pixel: report.macPerPixel.total.toFixed(1),
    device: report.device,
  };
}
