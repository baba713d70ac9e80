/**
 * The restoration filter: what a file says about it, in an extension chunk, and its learned weights. Normative: FORMAT.md,
 * sections 2.4 and 8.3.
 *
 *     byte 0 | byte 1, byte 2
 *     noise  | strengths, 3 bits each, the first one highest; the last bit is 0
 */

import { BitstreamError } from "./errors.ts";
import type { Extension } from "./header.ts";
import { findExtension } from "./metadata.ts";
import { RESTORATION_TABLE } from "./restoration_table.ts";

/** The chunk that holds it: critical, since a decoder without the filter makes other samples. */
export const RESTORATION_ID = 128;
/** Groups of sites by activity, from flat to busy. */
export const ACTIVITY_GROUPS = 10;
/** Kinds of direction: none; then diagonal, and along the rows or columns, each in four degrees. */
export const DIRECTIONS = 9;
/** Classes of sites. */
export const CLASSES = ACTIVITY_GROUPS * DIRECTIONS;
/** Bit 0: the picture changes more along the rows than down the columns. Bit 1: more along the first diagonal. */
export const ORIENTATIONS = 4;
/** Pairs of opposite neighbours that have one weight. */
export const PAIRS = 6;
/** Fractional bits of a weight times a strength. */
export const WEIGHT_BITS = 10;
/** Neighbouring groups that have one strength. */
export const GROUPS_PER_STRENGTH = 2;
/** How many strengths a file has. */
export const STRENGTHS = ACTIVITY_GROUPS / GROUPS_PER_STRENGTH;
/** Strengths count quarters: 0 to 1.75. */
export const MAX_STRENGTH = 7;
const STRENGTH_BITS = 3;
/** The strength that the weights are made for. */
export const FULL_STRENGTH = 4;
/** The largest noise. */
export const MAX_NOISE = 255;
const CHUNK_BYTES = 3;

/** A restoration filter as a file chooses it. */
export interface Restoration {
  /** Error of the samples that limits of activity are multiples of, in quarters of an 8-bit step, 1..255. */
  readonly noise: number;
  /** Of every two groups of activity, in quarters, 0..7. */
  readonly strengths: readonly number[];
}

/** The chunk of a filter. Throws a `RangeError` for values out of range. */
export function restorationExtension({ noise, strengths }: Restoration): Extension {
  const expect = (what: string, ok: boolean, received: unknown) => {
    if (!ok) throw new RangeError(`Cannot write restoration: expected ${what}, received ${received}`);
  };
  const isWithin = (value: number, least: number, most: number) =>
    Number.isInteger(value) && value >= least && value <= most;
  expect(`noise 1..${MAX_NOISE}`, isWithin(noise, 1, MAX_NOISE), noise);
  expect(`${STRENGTHS} strengths`, strengths.length === STRENGTHS, strengths.length);
  const areStrengths = strengths.every((strength) => isWithin(strength, 0, MAX_STRENGTH));
  expect(`strengths 0..${MAX_STRENGTH}`, areStrengths, strengths);
  const packed = strengths.reduce((bits, strength) => bits << STRENGTH_BITS | strength, 0) << 1;
  return { id: RESTORATION_ID, data: Uint8Array.of(noise, packed >> 8, packed) };
}

/** Whether there is a filter among the chunks of a file. */
export function isRestored(extensions: readonly Extension[]): boolean {
  return extensions.some(({ id }) => id === RESTORATION_ID);
}

/** The filter among the chunks of a file, if it has one. Throws a `BitstreamError` for content that breaks its format. */
export function readRestoration(extensions: readonly Extension[]): Restoration | undefined {
  const chunk = findExtension(extensions, RESTORATION_ID);
  if (!chunk) return undefined;
  const { data, byteOffset = 0 } = chunk;
  const refuse = (expected: string, received: number) => {
    throw new BitstreamError(`Cannot read restoration: expected ${expected}, received ${received}`, byteOffset);
  };
  if (data.length !== CHUNK_BYTES) refuse(`${CHUNK_BYTES} bytes`, data.length);
  const [noise, packed] = [data[0], data[1] << 8 | data[2]];
  if (noise === 0) refuse(`noise 1..${MAX_NOISE}`, noise);
  if (packed & 1) refuse("a last bit of 0", 1);
  const strengths = Array.from({ length: STRENGTHS }, (_, i) => packed >> (13 - STRENGTH_BITS * i) & MAX_STRENGTH);
  return { noise, strengths };
}

/** The weights of the table, Q8, of all classes; before they are turned to an orientation and weakened or strengthened. */
const WEIGHTS = Int8Array.from(atob(RESTORATION_TABLE), (byte) => byte.charCodeAt(0));

/**
 * The weights of a file, Q10, `[CLASSES, ORIENTATIONS, PAIRS]`. The pairs of a site: left and right at a distance of 1, of 2, above
 * and below at 1, at 2, lower left and upper right, upper left and lower right.
 */
export function restorationWeights(strengths: readonly number[]): Int16Array {
  const weights = new Int16Array(CLASSES * ORIENTATIONS * PAIRS);
  for (let site = 0; site < CLASSES; site++) {
    const strength = strengths[strengthOf(site * ORIENTATIONS)];
    for (let orientation = 0; orientation < ORIENTATIONS; orientation++) {
      for (let pair = 0; pair < PAIRS; pair++) {
        const at = (site * ORIENTATIONS + orientation) * PAIRS + pair;
        weights[at] = strength * WEIGHTS[site * PAIRS + orientedPair(pair, orientation)];
      }
    }
  }
  return weights;
}

/** Which strength a site of `class * ORIENTATIONS + orientation` has. */
export function strengthOf(siteClass: number): number {
  return Math.floor(siteClass / (ORIENTATIONS * DIRECTIONS * GROUPS_PER_STRENGTH));
}

/** The pair of the table that a pair of a site has the weight of: bit 0 swaps rows and columns, bit 1 the diagonals. */
export function orientedPair(pair: number, orientation: number): number {
  if (pair < 4) return orientation & 1 ? pair ^ 2 : pair;
  return orientation & 2 ? pair ^ 1 : pair;
}
