/** The report: one HTML page that needs no other file. */

import { type Complexity, macPerPixel } from "../../bitstream/complexity.ts";
import { defaultTopLevel, type PresetName, PRESETS } from "../../bitstream/architecture.ts";
import type { Anchor, Family } from "./anchors.ts";
import { averageCurve } from "./averages.ts";
import { averageOf, type Comparison } from "./compare.ts";
import { escapeHtml, htmlTable } from "./html.ts";
import { distinct, type Measurement } from "./measurement.ts";
import { pictureSection } from "./picture_section.ts";
import { ratePlot, type Series } from "./plot.ts";
import { REPORT_STYLE } from "./report_style.ts";
import {
  averagesTable,
  bdRateTable,
  type CodecSummary,
  costTable,
  percentText,
  type RunData,
  type TextTable,
} from "./summary.ts";
import type { Image } from "../../mod.ts";

/** A run and where its pictures are. */
export interface ReportInput extends RunData {
  readonly summaries: readonly CodecSummary[];
  /** The machine that made the report, in words. */
  readonly machine: string;
  /** The original of that name. */
  readonly original: (image: string) => Promise<Image>;
  /** The decoded picture of a row; `undefined` where its file is not there. */
  readonly decoded: (row: Measurement) => Promise<Image | undefined>;
}

/** The page. */
export async function htmlReport(input: ReportInput): Promise<string> {
  const images = distinct(input.rows, ({ image }) => image);
  const pictures: string[] = [];
  for (const image of images) pictures.push(await pictureSection(image, input));
  const title = `Rate and distortion of ${images.length} picture${images.length === 1 ? "" : "s"}`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title><style>${REPORT_STYLE}</style></head><body>
<h1>${title}</h1>
<p class="note">${escapeHtml(origin(input))}</p>
${tiles(input)}
<h2>Average over the pictures</h2>
${averagePlot(input)}
<h2>BD-rate</h2>
<p>Bits that this codec needs at equal PSNR, compared with each other codec: negative is fewer. Over the PSNR that both reach,
by monotone cubic interpolation (PCHIP) of the logarithm of the rate.</p>
${input.summaries.map(bdSection).join("\n")}
${basisNote(input)}
<h2>Averages</h2>
<p>Two conventions that must not be mixed: means of bpp and of PSNR, and all bits by all pixels with the PSNR of the mean error.
Sizes are those of files, PSNR that of the decoded pictures, over all samples.</p>
${toHtml(averagesTable(input.summaries))}
<h2>Time and work</h2>
${toHtml(costTable([...input.summaries, ...input.peers]))}
${toHtml(macTable(input.rows))}
<p class="note">Means per picture. Decoding of ours: bytes to samples in a warm process, one thread. Other codecs, where
there are any: whole processes, file to file.</p>
<h2>Pictures</h2>
${pictures.join("\n")}
</body></html>
`;
}

/** The page's first plot as a picture of its own, with the page's looks. */
export function curvesSvg(input: RunData & Pick<ReportInput, "summaries">): string {
  const style = `<style>${REPORT_STYLE.replaceAll(":root", "svg")}</style>`;
  return averagePlot(input)
    .replace(/^[^]*?<svg /, `<svg xmlns="http://www.w3.org/2000/svg" `)
    .replace(/<\/svg>[^]*$/, "</svg>\n")
    .replace(">", `>${style}<rect width="100%" height="100%" fill="var(--card)"/>`);
}

function toHtml({ header, rows }: TextTable): string {
  return htmlTable(header, rows);
}

/** One codec's BD-rates; its name is the caption, not a column. */
function bdSection(summary: CodecSummary): string {
  const { header, rows } = bdRateTable([summary]);
  const narrow = (cells: readonly string[]) => cells.filter((_, column) => column !== 1);
  return `<p><b>${escapeHtml(summary.name)}</b></p>${htmlTable(narrow(header), rows.map(narrow))}`;
}

function origin({ rows, machine, set }: ReportInput): string {
  const commits = distinct(rows, ({ row }) => row.commit).join(", ");
  const devices = distinct(rows, ({ row }) => row.device).join("; ");
  const pictures = set ? `pictures of ${set.name}` : "pictures of no published set";
  return `${pictures}; commit ${commits}; trained on ${devices}; report made on ${machine}`;
}

/** Anchors whose BD-rates are worth the top of the page. */
const HEADLINES = ["Cool-chic 5.0.1", "C3", "VTM", "HM", "AV1", "JPEG"];

function tiles({ summaries }: ReportInput): string {
  const [{ name, rows, comparisons }] = summaries;
  const known = comparisons.filter(({ anchor, meanPsnr }) => meanPsnr && HEADLINES.includes(anchor.name))
    .toSorted((a, b) => HEADLINES.indexOf(a.anchor.name) - HEADLINES.indexOf(b.anchor.name));
  const rates = known.slice(0, 4).map((comparison): [string, string] => [
    `${percentText(comparison.meanPsnr!.percent)} %`,
    `bits against ${comparison.anchor.name}${comparison.basis === "estimate" ? " (estimate)" : ""}`,
  ]);
  const [, , seconds, decode, mac] = costTable([{ name, rows }]).rows[0];
  const costs: [string, string][] = [
    [`${seconds} s`, "encode, per picture"],
    [`${decode} ms`, "decode, per picture"],
    [mac, "multiplications per pixel"],
  ];
  const tile = ([figure, words]: [string, string]) =>
    `<div class="tile"><b>${escapeHtml(figure)}</b><span>${escapeHtml(words)}</span></div>`;
  return `<p class="note">${escapeHtml(name)}:</p><div class="tiles">${[...rates, ...costs].map(tile).join("")}</div>`;
}

function averagePlot({ summaries, set, peers }: RunData & Pick<ReportInput, "summaries">): string {
  const images = summaries[0].images;
  const whole = set !== undefined && images.length === set.images.length;
  const anchorSeries = ({ name, family, rows, perImage }: Anchor): Series => ({
    name: perImage || whole ? name : `${name} *`,
    family,
    points: perImage ? averageCurve(rows, images, "mean-psnr") : averageOf({ name, family, rows, perImage }),
    dashed: !perImage && !whole,
  });
  const ours = summaries.filter((summary) => summary.images.length === images.length)
    .map(({ name, rows }): Series => ({ name, family: "ours", points: averageCurve(rows, images, "mean-psnr") }));
  const series = [...(set?.anchors ?? []), ...peers].map(anchorSeries).concat(ours);
  const plot = ratePlot(series, { width: 960, height: 560, label: "PSNR over bits per pixel, average" });
  const note = whole || !set
    ? ""
    : `<p class="note">* dashed: published only as the average over all ${set.images.length} pictures of ${
      escapeHtml(set.name)
    }, so these curves are not of the same pictures as the others.</p>`;
  return `<div class="card">${plot}${legend(series)}</div>${note}`;
}

const FAMILIES: readonly (readonly [family: Family, words: string])[] = [
  ["ours", "this codec"],
  ["cool-chic", "Cool-chic"],
  ["learned", "other learned codecs"],
  ["standard", "standards"],
  ["peer", "other tables of results"],
];

function legend(series: readonly Series[]): string {
  const entries = FAMILIES.filter(([family]) => series.some((curve) => curve.family === family))
    .map(([family, words]) => `<span class="${family}"><i></i><span>${words}</span></span>`);
  return `<p class="legend">${entries.join("")}</p>`;
}

function basisNote({ summaries, set }: ReportInput): string {
  const estimate: Comparison | undefined = summaries.flatMap(({ comparisons }) => comparisons)
    .find(({ basis, meanPsnr }) => basis === "estimate" && meanPsnr);
  if (!estimate || !set) return "";
  return `<p class="note">"estimate": the other codec is published only as an average over all ${set.images.length}
pictures of ${escapeHtml(set.name)}. The figure is the ratio to ${
    escapeHtml(estimate.through!)
  } on the pictures of this run, times the
ratio of ${escapeHtml(estimate.through!)} to that codec on the whole set. It is no measurement.</p>`;
}

/** Multiplications per pixel by module for each preset of the run, at the size of its first picture. */
function macTable(rows: readonly Measurement[]): TextTable {
  const header = ["MAC per pixel", "size", "ARM", "IFCE", "upsampling", "synthesis", "restoration", "total"];
  const fixed = distinct(rows, ({ row }) => row.preset).filter((name) => name in PRESETS);
  const presets = fixed.map((preset) => {
    const { row } = rows.find(({ row }) => row.preset === preset)!;
    const [width, height] = [Number(row.width), Number(row.height)];
    const shape = { width, height, channels: 3, topLevel: defaultTopLevel(width, height) };
    const mac: Complexity = macPerPixel(PRESETS[preset as PresetName], shape, { restored: true });
    const counts = [mac.arm, mac.ifce, mac.upsampling, mac.synthesis, mac.restoration, mac.total];
    return [preset, `${width}x${height}`, ...counts.map((count) => count.toFixed(1))];
  });
  return { header, rows: presets };
}
