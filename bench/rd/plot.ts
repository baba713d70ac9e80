/**
 * Rate-distortion curves as one SVG element: PSNR over bits per pixel on a logarithmic axis, where codecs of this kind are nearly
 * straight. Colours come from the classes of the page it is put into (`report_style.ts`).
 */

import type { Family } from "./anchors.ts";
import type { RatePoint } from "./bd_rate.ts";
import { escapeHtml } from "./html.ts";
import { clipSegment, type Range, spread } from "./plot_geometry.ts";

/** One curve. */
export interface Series {
  readonly name: string;
  readonly family: Family;
  readonly points: readonly RatePoint[];
  /** It stands for other pictures than the rest. */
  readonly dashed?: boolean;
}

/** Size of the drawing in its own units, margins included. */
export interface PlotOptions {
  readonly width: number;
  readonly height: number;
  /** What the drawing shows, for those who cannot see it. */
  readonly label: string;
}

const MARGIN = { left: 44, right: 200, top: 12, bottom: 40 };
const TICKS_BPP = [0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 5, 7, 10];
/** Least distance of two labels, and the space around the curves that the drawing is about. */
const [LABEL_HEIGHT, RATE_MARGIN] = [13, 1.5];
/** The order of drawing, the last on top. */
const LAYERS: readonly Family[] = ["standard", "learned", "cool-chic", "peer", "ours"];

/** From values to places in the drawing. */
interface Frame {
  readonly bpp: Range;
  readonly psnrDb: Range;
  readonly x: (bpp: number) => number;
  readonly y: (psnrDb: number) => number;
  readonly options: PlotOptions;
}

/** A curve inside the frame: polylines of places. */
interface Drawn {
  readonly series: Series;
  readonly lines: readonly (readonly Place[])[];
}

interface Place {
  readonly x: number;
  readonly y: number;
}

/** The SVG element. The first series of family `ours` sets which rates are shown. Throws a `RangeError` if there is none. */
export function ratePlot(series: readonly Series[], options: PlotOptions): string {
  const finite = series.map((s) => ({ ...s, points: s.points.filter(({ psnrDb }) => Number.isFinite(psnrDb)) }));
  const frame = frameOf(finite, options);
  const ordered = finite.toSorted((a, b) => LAYERS.indexOf(a.family) - LAYERS.indexOf(b.family));
  const drawn = ordered.map((s): Drawn => ({ series: s, lines: visibleLines(s, frame) }))
    .filter(({ lines }) => lines.length > 0);
  return [
    `<svg class="plot" viewBox="0 0 ${options.width} ${options.height}" role="img" aria-label="${
      escapeHtml(options.label)
    }">`,
    axes(frame),
    ...drawn.map((curve) => curveElement(curve, frame)),
    ...labels(drawn, frame),
    "</svg>",
  ].join("\n");
}

function frameOf(series: readonly Series[], options: PlotOptions): Frame {
  const ours = series.filter(({ family }) => family === "ours").flatMap(({ points }) => points);
  if (ours.length === 0) throw new RangeError("Cannot plot: expected a point of ours, found none");
  const rates = ours.map(({ bpp }) => bpp);
  const bpp = { low: Math.min(...rates) / RATE_MARGIN, high: Math.max(...rates) * RATE_MARGIN };
  const heights = series.flatMap(({ points }) => heightsWithin(points, bpp));
  const psnrDb = { low: Math.floor(Math.min(...heights)), high: Math.ceil(Math.max(...heights)) };
  const [innerWidth, innerHeight] = [
    options.width - MARGIN.left - MARGIN.right,
    options.height - MARGIN.top - MARGIN.bottom,
  ];
  const x = (rate: number) => MARGIN.left + innerWidth * Math.log(rate / bpp.low) / Math.log(bpp.high / bpp.low);
  const y = (db: number) => MARGIN.top + innerHeight * (psnrDb.high - db) / Math.max(psnrDb.high - psnrDb.low, 1);
  return { bpp, psnrDb, x, y, options };
}

/** PSNR at the points of a curve within a range of rates, and where it enters and leaves it. */
function heightsWithin(points: readonly RatePoint[], bpp: Range): number[] {
  const everything = { low: -Infinity, high: Infinity };
  const x = { low: Math.log(bpp.low), high: Math.log(bpp.high) };
  const places = points.toSorted((a, b) => a.bpp - b.bpp).map((p) => ({ x: Math.log(p.bpp), y: p.psnrDb }));
  const segments = places.length === 1
    ? [[places[0], places[0]]]
    : places.slice(1).map((place, i) => [places[i], place]);
  return segments.flatMap(([from, to]) => (clipSegment(from, to, { x, y: everything }) ?? []).map(({ y }) => y));
}

/** The parts of a curve that lie within the frame. */
function visibleLines({ points }: Series, frame: Frame): Place[][] {
  const sorted = points.toSorted((a, b) => a.bpp - b.bpp);
  const places = sorted.map(({ bpp, psnrDb }) => ({ x: frame.x(bpp), y: frame.y(psnrDb) }));
  const { x, y } = { x: rangeX(frame), y: rangeY(frame) };
  if (places.length === 1) return [places].filter(([p]) => p.x >= x.low && p.x <= x.high);
  const lines: Place[][] = [];
  for (let i = 1; i < places.length; i++) {
    const part = clipSegment(places[i - 1], places[i], { x, y });
    if (!part) continue;
    const line = lines.at(-1);
    const goesOn = line && line.at(-1)!.x === part[0].x && line.at(-1)!.y === part[0].y;
    if (goesOn) line.push(part[1]);
    else lines.push([...part]);
  }
  return lines;
}

function rangeX({ options }: Frame): Range {
  return { low: MARGIN.left, high: options.width - MARGIN.right };
}

function rangeY({ options }: Frame): Range {
  return { low: MARGIN.top, high: options.height - MARGIN.bottom };
}

function axes(frame: Frame): string {
  const [xs, ys] = [rangeX(frame), rangeY(frame)];
  const step = frame.psnrDb.high - frame.psnrDb.low > 16 ? 4 : 2;
  const parts: string[] = [];
  for (let db = Math.ceil(frame.psnrDb.low / step) * step; db <= frame.psnrDb.high; db += step) {
    const y = digits(frame.y(db));
    parts.push(`<line class="grid" x1="${xs.low}" x2="${xs.high}" y1="${y}" y2="${y}"/>`);
    parts.push(`<text class="tick" x="${xs.low - 6}" y="${y}" dy="0.35em" text-anchor="end">${db}</text>`);
  }
  for (const bpp of TICKS_BPP.filter((value) => value >= frame.bpp.low && value <= frame.bpp.high)) {
    const x = digits(frame.x(bpp));
    parts.push(`<line class="grid" x1="${x}" x2="${x}" y1="${ys.low}" y2="${ys.high}"/>`);
    parts.push(`<text class="tick" x="${x}" y="${ys.high + 15}" text-anchor="middle">${bpp}</text>`);
  }
  const middle = (xs.low + xs.high) / 2;
  parts.push(
    `<text class="axis" x="${middle}" y="${ys.high + 32}" text-anchor="middle">bits per pixel (log)</text>`,
    `<text class="axis" x="12" y="${(ys.low + ys.high) / 2}" text-anchor="middle" transform="rotate(-90 12 ${
      (ys.low + ys.high) / 2
    })">PSNR, dB</text>`,
  );
  return parts.join("\n");
}

function curveElement({ series, lines }: Drawn, frame: Frame): string {
  const paths = lines.filter((line) => line.length > 1).map((line) =>
    `<polyline points="${line.map(({ x, y }) => `${digits(x)},${digits(y)}`).join(" ")}"/>`
  );
  const dots = series.points.filter(({ bpp }) => bpp >= frame.bpp.low && bpp <= frame.bpp.high).map(({ bpp, psnrDb }) =>
    `<circle cx="${digits(frame.x(bpp))}" cy="${digits(frame.y(psnrDb))}" r="${
      series.family === "ours" ? 4 : 2
    }"><title>${escapeHtml(`${series.name}: ${bpp.toFixed(4)} bpp, ${psnrDb.toFixed(3)} dB`)}</title></circle>`
  );
  return `<g class="curve ${series.family}${series.dashed ? " dashed" : ""}">${[...paths, ...dots].join("")}</g>`;
}

/** Names at the right, each as near to its curve's end as the others allow, with a line to it. */
function labels(drawn: readonly Drawn[], frame: Frame): string[] {
  const ends = drawn.map(({ series, lines }) => ({ series, end: lines.at(-1)!.at(-1)! }));
  const places = spread(ends.map(({ end }) => end.y), { gap: LABEL_HEIGHT, ...rangeY(frame) });
  const left = rangeX(frame).high;
  return ends.map(({ series, end }, i) => {
    const y = digits(places[i]);
    const leader = `M${digits(end.x)} ${digits(end.y)}L${left + 4} ${digits(end.y)}L${left + 16} ${y}`;
    return `<g class="label ${series.family}"><path d="${leader}"/><text x="${left + 19}" y="${y}" dy="0.35em">${
      escapeHtml(series.name)
    }</text></g>`;
  });
}

function digits(value: number): string {
  return value.toFixed(1);
}
