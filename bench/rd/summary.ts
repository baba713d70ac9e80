/** Averages and BD-rates of a run as tables of text: what the page, the terminal and the files beside it all show. */

import type { Anchor, AnchorSet } from "./anchors.ts";
import { averageCurve, CONVENTIONS } from "./averages.ts";
import type { BdRate } from "./bd_rate.ts";
import { codecsOf, compareWith, type Comparison } from "./compare.ts";
import { distinct, type Measurement } from "./measurement.ts";

/** Everything a report is made from. */
export interface RunData {
  /** Rows of ours, for the pictures of the run. */
  readonly rows: readonly Measurement[];
  /** The published set the pictures belong to, if any. */
  readonly set: AnchorSet | undefined;
  /** Codecs of other tables of results. */
  readonly peers: readonly Anchor[];
}

/** A codec of ours with its comparisons. */
export interface CodecSummary {
  readonly name: string;
  readonly rows: readonly Measurement[];
  /** Its pictures. */
  readonly images: readonly string[];
  readonly comparisons: readonly Comparison[];
}

/** A table of text. */
export interface TextTable {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Every codec of ours against every anchor and peer. */
export function summarise({ rows, set, peers }: RunData): CodecSummary[] {
  return codecsOf(rows).map(({ name, rows }) => {
    const images = distinct(rows, ({ image }) => image);
    const anchors = [...(set?.anchors ?? []), ...peers];
    const comparisons = anchors.map((anchor) => compareWith(anchor, { rows, images, set }));
    return { name, rows, images, comparisons };
  });
}

/** Averages over the pictures in both conventions, one row per lambda. */
export function averagesTable(summaries: readonly CodecSummary[]): TextTable {
  const header = [
    "codec",
    "pictures",
    "lambda",
    "mean bpp",
    "mean PSNR",
    "bits by pixels",
    "PSNR of mean MSE",
    "MS-SSIM",
  ];
  const rows = summaries.flatMap(({ name, rows, images }) => {
    const [psnr, mse] = CONVENTIONS.map((convention) => averageCurve(rows, images, convention));
    return psnr.map(({ setting, bpp, psnrDb }) => {
      const other = mse.find((point) => point.setting === setting)!;
      const numbers = [bpp.toFixed(4), psnrDb.toFixed(3), other.bpp.toFixed(4), other.psnrDb.toFixed(3)];
      return [name, `${images.length}`, setting, ...numbers, meanMsSsim(rows, setting)];
    });
  });
  return { header, rows };
}

/** BD-rates, one row per anchor: bits that we need beyond it at equal PSNR. */
export function bdRateTable(summaries: readonly CodecSummary[]): TextTable {
  const header = [
    "against",
    "codec",
    "mean PSNR %",
    "PSNR of mean MSE %",
    "pictures",
    "mean of these %",
    "their range %",
    "dB",
    "basis",
  ];
  const rows = summaries.flatMap(({ name, comparisons }) => comparisons.map((comparison) => bdRow(name, comparison)));
  return { header, rows };
}

function bdRow(codec: string, comparison: Comparison): string[] {
  const { anchor, meanPsnr, meanMse, images, problem } = comparison;
  const percents = images.map(({ percent }) => percent);
  const mean = percents.reduce((sum, percent) => sum + percent, 0) / percents.length;
  return [
    anchor.name,
    codec,
    percentText(meanPsnr?.percent),
    percentText(meanMse?.percent),
    percents.length > 0 ? `${percents.length}` : "-",
    percentText(percents.length > 0 ? mean : undefined),
    percents.length > 0 ? `${percentText(Math.min(...percents))} to ${percentText(Math.max(...percents))}` : "-",
    rangeText(meanPsnr),
    problem ? `none: ${problem}` : comparison.basis,
  ];
}

/** A signed percentage with one digit; - where there is none. */
export function percentText(percent: number | undefined): string {
  if (percent === undefined) return "-";
  return `${percent > 0 ? "+" : ""}${percent.toFixed(1)}`;
}

function rangeText(rate: BdRate | undefined): string {
  return rate ? `${rate.lowDb.toFixed(1)}-${rate.highDb.toFixed(1)}` : "-";
}

function meanMsSsim(rows: readonly Measurement[], setting: string): string {
  const values = rows.flatMap((row) => row.setting === setting && row.msSsim !== undefined ? [row.msSsim] : []);
  return values.length > 0 ? (values.reduce((sum, value) => sum + value, 0) / values.length).toFixed(5) : "-";
}

/** Encode and decode times and the decoder's work: means over all rows of a codec. */
export function costTable(codecs: readonly { name: string; rows: readonly Measurement[] }[]): TextTable {
  const header = ["codec", "encodes", "encode s", "decode ms", "MAC per pixel", "device"];
  const rows = codecs.map(({ name, rows }) => {
    const mean = (column: string) => rows.reduce((sum, { row }) => sum + Number(row[column]), 0) / rows.length;
    const mac = rows.every(({ row }) => row.mac_per_pixel) ? mean("mac_per_pixel").toFixed(0) : "-";
    const times = [mean("seconds"), 1000 * mean("decode_seconds")].map((time) => time.toFixed(time < 10 ? 2 : 1));
    return [name, `${rows.length}`, ...times, mac, distinct(rows, ({ row }) => row.device).join("; ")];
  });
  return { header, rows };
}

/** A table as tab-separated text. */
export function tsvText({ header, rows }: TextTable): string {
  return [header, ...rows].map((cells) => `${cells.join("\t")}\n`).join("");
}
