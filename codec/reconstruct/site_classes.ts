/**
 * What each site of a picture is like, for the restoration filter: how busy, how strongly directed, and which way. From second
 * differences of the luma, summed over 3x3 sites. Normative: FORMAT.md, section 8.3.
 */

import { DIRECTIONS, ORIENTATIONS } from "../../bitstream/restoration.ts";
import type { Image } from "../image.ts";

/** Bits of the luma. */
const LUMA_BITS = 10;
/** Sites on each side of one that its sums are over. */
export const SUM_REACH = 1;
/** Added to sums before they are compared: what is flat has no direction. */
export const SUM_FLOOR = 4;
/** Activity above which the next group begins, for a noise of 8. */
const ACTIVITY_LIMITS = [14, 27, 54, 90, 144, 216, 324, 497, 763];

/** How many limits there are. */
export const GROUP_LIMITS = ACTIVITY_LIMITS.length;

/** The limits for a noise, in the unit of the sums. */
export function activityLimits(noise: number): number[] {
  return ACTIVITY_LIMITS.map((limit) => limit * noise >> 3);
}

/** Right shift from red + 2 green + blue, or 4 gray, of so many bits per sample to the luma. */
export function lumaShift(bitDepth: number): number {
  return bitDepth + 2 - LUMA_BITS;
}

/** Of each site `class * ORIENTATIONS + orientation`. */
export function siteClasses(image: Image, noise: number): Uint16Array {
  const limits = activityLimits(noise);
  const luma = lumaOf(image);
  const sums = (dx: number, dy: number) => differenceSums(luma, image, { dx, dy });
  const [rows, columns, first, second] = [sums(1, 0), sums(0, 1), sums(1, 1), sums(-1, 1)];
  const classes = new Uint16Array(luma.length);
  for (let i = 0; i < classes.length; i++) {
    const place = groupOf(rows[i] + columns[i], limits) * DIRECTIONS +
      directionOf(rows[i], columns[i], first[i], second[i]);
    const orientation = (rows[i] > columns[i] ? 1 : 0) + (first[i] > second[i] ? 2 : 0);
    classes[i] = place * ORIENTATIONS + orientation;
  }
  return classes;
}

function groupOf(activity: number, limits: readonly number[]): number {
  let group = 0;
  while (group < limits.length && activity > limits[group]) group++;
  return group;
}

function directionOf(rows: number, columns: number, first: number, second: number): number {
  const [along, across] = [Math.max(rows, columns) + SUM_FLOOR, Math.min(rows, columns) + SUM_FLOOR];
  const [diagonal, other] = [Math.max(first, second) + SUM_FLOOR, Math.min(first, second) + SUM_FLOOR];
  const isStraight = Math.imul(along, other) > Math.imul(diagonal, across);
  const degree = isStraight ? degreeOf(along, across) : degreeOf(diagonal, other);
  return degree === 0 ? 0 : 2 * degree - (isStraight ? 1 : 0);
}

function degreeOf(more: number, less: number): number {
  if (more > 2 * less) return more > 3 * less ? 4 : 3;
  if (more > less + (less >> 1)) return 2;
  return more > less + (less >> 2) ? 1 : 0;
}

function lumaOf({ width, height, channels, bitDepth, data }: Image): Int16Array {
  const shift = lumaShift(bitDepth);
  const luma = new Int16Array(width * height);
  for (let i = 0, at = 0; i < luma.length; i++, at += channels) {
    luma[i] = (channels < 3 ? 4 * data[at] : data[at] + 2 * data[at + 1] + data[at + 2]) >> shift;
  }
  return luma;
}

/**
 * Sums over 3x3 sites of `|2 luma - one neighbour - the opposite one|`. The luma continues by its border, and so do the
 * differences.
 */
function differenceSums(
  luma: Int16Array,
  { width, height }: Pick<Image, "width" | "height">,
  step: { dx: number; dy: number },
): Int32Array {
  const column = (dx: number) => Int32Array.from({ length: width }, (_, x) => clamp(x + dx, width));
  const row = (y: number) => clamp(y, height) * width;
  const differences = new Int32Array(luma.length);
  const [before, after] = [column(-step.dx), column(step.dx)];
  for (let y = 0, i = 0; y < height; y++) {
    const [up, down] = [row(y - step.dy), row(y + step.dy)];
    for (let x = 0; x < width; x++, i++) {
      differences[i] = Math.abs(2 * luma[i] - luma[up + before[x]] - luma[down + after[x]]);
    }
  }
  const [left, right] = [column(-SUM_REACH), column(SUM_REACH)];
  const lines = new Int32Array(luma.length);
  for (let first = 0, i = 0; first < lines.length; first += width) {
    for (let x = 0; x < width; x++, i++) {
      lines[i] = differences[first + left[x]] + differences[i] + differences[first + right[x]];
    }
  }
  const sums = new Int32Array(luma.length);
  for (let y = 0, i = 0; y < height; y++) {
    const [up, down] = [row(y - SUM_REACH), row(y + SUM_REACH)];
    for (let x = 0; x < width; x++, i++) sums[i] = lines[up + x] + lines[i] + lines[down + x];
  }
  return sums;
}

function clamp(position: number, length: number): number {
  return Math.min(Math.max(position, 0), length - 1);
}
