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
  const [rows, columns, first, second] = [[1, 0], [0, 1], [1, 1], [-1, 1]].map(([dx, dy]) =>
    summed(secondDifferences(luma, image, { dx, dy }), image)
  );
  return Uint16Array.from(rows, (_, i) => classOf([rows[i], columns[i], first[i], second[i]], limits));
}

type Sums = readonly [rows: number, columns: number, first: number, second: number];

function classOf([rows, columns, first, second]: Sums, limits: readonly number[]): number {
  const activity = rows + columns;
  const group = limits.filter((limit) => activity > limit).length;
  const [along, across] = ordered(rows, columns);
  const [diagonal, other] = ordered(first, second);
  const isDiagonal = Math.imul(along, other) <= Math.imul(diagonal, across);
  const [more, less] = isDiagonal ? [diagonal, other] : [along, across];
  const degree = [less + (less >> 2), less + (less >> 1), 2 * less, 3 * less].filter((limit) => more > limit).length;
  const direction = degree === 0 ? 0 : 2 * degree - (isDiagonal ? 0 : 1);
  const orientation = Number(rows > columns) + 2 * Number(first > second);
  return (group * DIRECTIONS + direction) * ORIENTATIONS + orientation;
}

function ordered(a: number, b: number): [more: number, less: number] {
  return [Math.max(a, b) + SUM_FLOOR, Math.min(a, b) + SUM_FLOOR];
}

function lumaOf({ width, height, channels, bitDepth, data }: Image): Int16Array {
  const shift = lumaShift(bitDepth);
  return Int16Array.from({ length: width * height }, (_, i) => {
    const at = i * channels;
    return (channels < 3 ? 4 * data[at] : data[at] + 2 * data[at + 1] + data[at + 2]) >> shift;
  });
}

type Size = Pick<Image, "width" | "height">;

/** `|2 luma - one neighbour - the opposite one|` of each site; the picture continues by its border. */
function secondDifferences(luma: Int16Array, { width, height }: Size, step: { dx: number; dy: number }): Int16Array {
  const at = (x: number, y: number) => luma[clamp(y, height) * width + clamp(x, width)];
  return Int16Array.from(luma, (value, i) => {
    const [x, y] = [i % width, Math.floor(i / width)];
    return Math.abs(2 * value - at(x - step.dx, y - step.dy) - at(x + step.dx, y + step.dy));
  });
}

/** The sum over 3x3 sites; values continue by their border. */
function summed(values: Int16Array, { width, height }: Size): Int32Array {
  const across = lineSums(values, { length: width, lines: height, step: 1, stride: width });
  return lineSums(across, { length: height, lines: width, step: width, stride: 1 });
}

/** Sums along lines of `length` values that are `step` apart; lines are `stride` apart. */
function lineSums(
  values: Int16Array | Int32Array,
  { length, lines, step, stride }: { length: number; lines: number; step: number; stride: number },
): Int32Array {
  const sums = new Int32Array(values.length);
  for (let line = 0; line < lines; line++) {
    for (let n = 0; n < length; n++) {
      for (let d = -SUM_REACH; d <= SUM_REACH; d++) {
        sums[line * stride + n * step] += values[line * stride + clamp(n + d, length) * step];
      }
    }
  }
  return sums;
}

function clamp(position: number, length: number): number {
  return Math.min(Math.max(position, 0), length - 1);
}
