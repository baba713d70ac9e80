/** One picture's part of the report: its curves, its table, and a part of it side by side. */

import type { Image } from "../../mod.ts";
import type { Anchor } from "./anchors.ts";
import { imageCurve } from "./averages.ts";
import { codecsOf } from "./compare.ts";
import { busiestCrop, cropImage, pngDataUrl } from "./crops.ts";
import { escapeHtml, htmlTable } from "./html.ts";
import type { Measurement } from "./measurement.ts";
import { ratePlot, type Series } from "./plot.ts";
import type { ReportInput } from "./report.ts";
import { type CodecSummary, percentText } from "./summary.ts";

/** Pixels on a side of the part that is shown. */
const CROP_SIZE = 160;

/** The part about one picture. */
export async function pictureSection(image: string, input: ReportInput): Promise<string> {
  const rows = input.rows.filter((row) => row.image === image);
  const figures = await crops(image, rows, input);
  return `<section><div class="picture-head"><h3>${escapeHtml(image)}</h3>
<div class="card">${plot(image, rows, input)}</div></div>
${pictureTable(rows)}
${bdText(image, input.summaries)}
<div class="crops">${figures.join("\n")}</div></section>`;
}

function plot(image: string, rows: readonly Measurement[], { set, peers }: ReportInput): string {
  const others = [...(set?.anchors ?? []), ...peers].filter(({ perImage }) => perImage)
    .map(({ name, family, rows }: Anchor): Series => ({ name, family, points: imageCurve(rows, image) }));
  const ours = codecsOf(rows).map(({ name, rows }): Series => ({
    name,
    family: "ours",
    points: imageCurve(rows, image),
  }));
  const label = `PSNR over bits per pixel, ${image}`;
  return ratePlot([...others, ...ours], { width: 960, height: 320, label });
}

function pictureTable(rows: readonly Measurement[]): string {
  const header = [
    "lambda",
    "codec",
    "bytes",
    "bpp",
    "PSNR dB",
    "MS-SSIM",
    "latents %",
    "networks %",
    "encode s",
    "decode ms",
  ];
  const sorted = rows.toSorted((a, b) => a.bpp - b.bpp);
  return htmlTable(
    header,
    sorted.map(({ codec, setting, bpp, psnrDb, msSsim, row }) => {
      const share = (bits: string) => (100 * Number(bits) / (8 * Number(row.bytes))).toFixed(1);
      return [
        ...[setting, codec, row.bytes, bpp.toFixed(4), psnrDb.toFixed(3), msSsim?.toFixed(5) ?? "-"],
        ...[
          share(row.latent_bits),
          share(row.network_bits),
          row.seconds,
          (1000 * Number(row.decode_seconds)).toFixed(1),
        ],
      ];
    }),
  );
}

/** This picture's BD-rates against every codec that was run on it. */
function bdText(image: string, summaries: readonly CodecSummary[]): string {
  const lines = summaries.flatMap(({ name, comparisons }) => {
    const rates = comparisons.flatMap(({ anchor, images }) => {
      const own = images.find((entry) => entry.image === image);
      return own ? [`${anchor.name} ${percentText(own.percent)} %`] : [];
    });
    return rates.length > 0 ? [`${name}, BD-rate: ${rates.join(", ")}`] : [];
  });
  return lines.map((line) => `<p class="note">${escapeHtml(line)}</p>`).join("\n");
}

async function crops(image: string, rows: readonly Measurement[], input: ReportInput): Promise<string[]> {
  const original = await input.original(image);
  const crop = busiestCrop(original, CROP_SIZE);
  const figure = (picture: Image, caption: string) =>
    `<figure><img alt="${escapeHtml(caption)}" width="${crop.width}" height="${crop.height}" src="${
      pngDataUrl(cropImage(picture, crop))
    }"><figcaption>${escapeHtml(caption)}</figcaption></figure>`;
  const figures = [figure(original, `original, ${crop.width}x${crop.height} pixels at ${crop.left}, ${crop.top}`)];
  for (const row of rows.toSorted((a, b) => b.bpp - a.bpp)) {
    const decoded = await input.decoded(row);
    if (!decoded) continue;
    figures.push(figure(decoded, `${row.row.preset}, ${row.bpp.toFixed(3)} bpp, ${row.psnrDb.toFixed(2)} dB`));
  }
  return figures;
}
