/** Published rate-distortion results to compare with: which files of a folder hold them, and what they are the average of. */

import { join } from "node:path";
import { distinct, type Measurement, readMeasurements } from "./measurement.ts";

/** What kind of codec a curve belongs to; it decides the colour. */
export type Family = "ours" | "peer" | "standard" | "learned" | "cool-chic";

/** A curve to compare with. */
export interface Anchor {
  readonly name: string;
  readonly family: Family;
  /** Rows per picture; or a single curve, with an empty `image`, that is the average over a whole set. */
  readonly rows: readonly Measurement[];
  /** Whether `rows` has pictures. */
  readonly perImage: boolean;
}

/** The anchors of one test set. */
export interface AnchorSet {
  /** Name of the set. */
  readonly name: string;
  /** All pictures of the set. */
  readonly images: readonly string[];
  readonly anchors: readonly Anchor[];
}

type AnchorFile = readonly [name: string, family: Family, file: string];

const KODAK: readonly AnchorFile[] = [
  ["JPEG", "standard", "compressai/kodak-jpeg.csv"],
  ["JPEG 2000", "standard", "compressai/kodak-jpeg2000.csv"],
  ["WebP", "standard", "compressai/kodak-webp.csv"],
  ["BPG 4:4:4", "standard", "compressai/kodak-bpg_444_x265_ycbcr.csv"],
  ["AV1", "standard", "compressai/kodak-av1.csv"],
  ["HM", "standard", "compressai/kodak-hm.csv"],
  ["VTM", "standard", "compressai/kodak-vtm.csv"],
  ["VTM 18", "standard", "lossy-vae/kodak-vtm18.0.csv"],
  ["hyperprior", "learned", "compressai/kodak-compressai-bmshj2018-hyperprior_mse_cuda.csv"],
  ["C3", "learned", "c3/kodak-C3.csv"],
  ["C3 adaptive", "learned", "c3/kodak-C3-Adaptive.csv"],
  ["MLIC+", "learned", "c3/kodak-MLICplus.csv"],
  ["COOL-CHIC ICCV 2023", "cool-chic", "coolchic/coolchic-iccv23-6173dae-kodak-raw_results.tsv"],
  ["Cool-chic 1.0", "cool-chic", "coolchic/coolchic-v1.0-image-kodak.tsv"],
  ["Cool-chic 2.0", "cool-chic", "coolchic/coolchic-v2.0-image-kodak.tsv"],
  ["Cool-chic 4.2", "cool-chic", "coolchic/coolchic-v4.2-image-kodak.tsv"],
  ["Cool-chic 5.0.0", "cool-chic", "coolchic/coolchic-v5.0.0-image-kodak.tsv"],
  ["Cool-chic 5.0.1", "cool-chic", "coolchic/coolchic-v5.0.1-image-kodak.tsv"],
];

const CLIC: readonly AnchorFile[] = [
  ["BPG", "standard", "c3/clic2020-BPG.csv"],
  ["VTM 17", "standard", "c3/clic2020-VTM.csv"],
  ["C3", "learned", "c3/clic2020-C3.csv"],
  ["C3 adaptive", "learned", "c3/clic2020-C3-Adaptive.csv"],
  ["MLIC+", "learned", "c3/clic2020-MLICplus.csv"],
  ["Cool-chic 2.0", "cool-chic", "coolchic/coolchic-v2.0-image-clic20-pro-valid.tsv"],
  ["Cool-chic 4.2", "cool-chic", "coolchic/coolchic-v4.2-image-clic20-pro-valid.tsv"],
  ["Cool-chic 5.0.0", "cool-chic", "coolchic/coolchic-v5.0.0-image-clic20-pro-valid.tsv"],
  ["Cool-chic 5.0.1", "cool-chic", "coolchic/coolchic-v5.0.1-image-clic20-pro-valid.tsv"],
];

const SETS: readonly (readonly [name: string, files: readonly AnchorFile[]])[] = [
  ["Kodak", KODAK],
  ["CLIC 2020 professional valid", CLIC],
];

/**
 * The anchors in `folder` for the set that all of `images` belong to; `undefined` if there is no such set. Files that the folder
 * lacks are left out. Throws a `FileError` for one that cannot be understood.
 */
export function loadAnchors(folder: string, images: readonly string[]): AnchorSet | undefined {
  for (const [name, files] of SETS) {
    const anchors = files.flatMap(([name, family, file]) => loadAnchor(join(folder, file), name, family));
    const all = distinct(anchors.filter(({ perImage }) => perImage).flatMap(({ rows }) => rows), (row) => row.image);
    if (images.every((image) => all.includes(image))) return { name, images: all, anchors };
  }
  return undefined;
}

function loadAnchor(path: string, name: string, family: Family): Anchor[] {
  try {
    Deno.statSync(path);
  } catch {
    return [];
  }
  const rows = readMeasurements(path, name);
  return [{ name, family, rows, perImage: rows.every(({ image }) => image !== "") }];
}

/** The codecs of a table of results as anchors, named after it too: `deno task peers` writes such tables, and so does `deno task rd`. */
export function loadComparison(path: string): Anchor[] {
  const name = path.split(/[\\/]/).at(-1)!.replace(/\.[^.]*$/, "");
  const rows = readMeasurements(path, name);
  return distinct(rows, ({ codec }) => codec).map((codec) => {
    const own = rows.filter((row) => row.codec === codec);
    return {
      name: `${codec} (${name})`,
      family: "peer" as const,
      rows: own,
      perImage: own.every(({ image }) => image !== ""),
    };
  });
}
