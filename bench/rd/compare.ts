/** BD-rates of one codec against anchors. */

import type { Anchor, AnchorSet } from "./anchors.ts";
import { averageCurve, type Convention, imageCurve } from "./averages.ts";
import { type BdRate, bdRate, type RatePoint } from "./bd_rate.ts";
import { distinct, type Measurement } from "./measurement.ts";

/** What a comparison rests on: the same pictures, the whole set's published averages, or another anchor that has both. */
export type Basis = "same pictures" | "whole set" | "estimate";

/** A codec against an anchor; a figure that cannot be had is `undefined`, and `problem` says why. */
export interface Comparison {
  readonly anchor: Anchor;
  readonly basis: Basis;
  readonly meanPsnr: BdRate | undefined;
  readonly meanMse: BdRate | undefined;
  /** Per picture; only on the basis of the same pictures. */
  readonly images: readonly { readonly image: string; readonly percent: number }[];
  /** For an estimate, the anchor it goes through. */
  readonly through: string | undefined;
  readonly problem: string | undefined;
}

/** What all comparisons of one codec share. */
export interface ComparisonInput {
  /** The codec's rows. */
  readonly rows: readonly Measurement[];
  readonly images: readonly string[];
  /** The published set the pictures belong to, if any. */
  readonly set: AnchorSet | undefined;
}

/** Compares with one anchor on the best basis there is. */
export function compareWith(anchor: Anchor, input: ComparisonInput): Comparison {
  if (anchor.perImage) return onSamePictures(anchor, input);
  const { rows, images, set } = input;
  const whole = averageOf(anchor);
  if (set && images.length === set.images.length) {
    const meanPsnr = attempt(() => bdRate(whole, averageCurve(rows, images, "mean-psnr")));
    return { ...NOTHING, anchor, basis: "whole set", meanPsnr: meanPsnr.value, problem: meanPsnr.problem };
  }
  return estimated(anchor, input);
}

const NOTHING = { meanPsnr: undefined, meanMse: undefined, images: [], through: undefined, problem: undefined };

function onSamePictures(anchor: Anchor, { rows, images }: ComparisonInput): Comparison {
  const both = images.filter((image) => anchor.rows.some((row) => row.image === image));
  if (both.length < images.length) {
    const problem = `it has ${both.length} of the ${images.length} pictures`;
    return { ...NOTHING, anchor, basis: "same pictures", problem };
  }
  const on = (convention: Convention) =>
    attempt(() => bdRate(averageCurve(anchor.rows, images, convention), averageCurve(rows, images, convention)));
  const [meanPsnr, meanMse] = [on("mean-psnr"), on("mean-mse")];
  const perImage = images.flatMap((image) => {
    const { value } = attempt(() => bdRate(imageCurve(anchor.rows, image), imageCurve(rows, image)));
    return value ? [{ image, percent: value.percent }] : [];
  });
  const figures = { meanPsnr: meanPsnr.value, meanMse: meanMse.value, images: perImage };
  return { ...NOTHING, ...figures, anchor, basis: "same pictures", problem: meanPsnr.problem };
}

/**
 * Where only the average over a whole set is published and only some of its pictures were encoded: the ratio to an anchor with
 * rows per picture, on the same pictures, times that anchor's ratio on the whole set.
 */
function estimated(anchor: Anchor, { rows, images, set }: ComparisonInput): Comparison {
  const bridge = set?.anchors.findLast(({ perImage }) => perImage);
  if (!set || !bridge) {
    return { ...NOTHING, anchor, basis: "estimate", problem: "only the average over other pictures is known" };
  }
  const result = attempt(() => {
    const here = bdRate(averageCurve(bridge.rows, images, "mean-psnr"), averageCurve(rows, images, "mean-psnr"));
    const there = bdRate(averageOf(anchor), averageCurve(bridge.rows, set.images, "mean-psnr"));
    return { ...here, percent: 100 * ((1 + here.percent / 100) * (1 + there.percent / 100) - 1) };
  });
  return {
    ...NOTHING,
    anchor,
    basis: "estimate",
    meanPsnr: result.value,
    through: bridge.name,
    problem: result.problem,
  };
}

/** The curve of an anchor that is an average already. */
export function averageOf(anchor: Anchor): RatePoint[] {
  return anchor.rows.map(({ bpp, psnrDb }) => ({ bpp, psnrDb }));
}

/** The codecs of a table, each with its rows. */
export function codecsOf(rows: readonly Measurement[]): { name: string; rows: Measurement[] }[] {
  return distinct(rows, ({ codec }) => codec).map((name) => ({ name, rows: rows.filter((row) => row.codec === name) }));
}

function attempt(compute: () => BdRate): { value: BdRate | undefined; problem: string | undefined } {
  try {
    return { value: compute(), problem: undefined };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { value: undefined, problem: error.message.replace(/^Cannot compare curves: /, "") };
  }
}
