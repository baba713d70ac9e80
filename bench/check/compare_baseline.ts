/** Comparison of a run with the stored one. */

import type { EncodeOutcome } from "./cases.ts";

/** What is stored, and what a run gives. */
export interface Baseline {
  /** Encodes by name. */
  readonly encodes: Readonly<Record<string, EncodeOutcome>>;
  /** Times as multiples of the calibration loop, by name. */
  readonly ratios: Readonly<Record<string, number>>;
}

/** How far a run may be from the baseline. */
export interface Tolerances {
  /** Size of a file, relative. */
  readonly bytes: number;
  /** PSNR lost, in dB. */
  readonly psnrDb: number;
  /** Time, relative. */
  readonly ratio: number;
}

/**
 * A file may grow by 1 % and lose 0.1 dB: another seed moves both by about as much. A time may grow by 40 %: other work on a
 * shared machine moves the ratios by up to 25 %.
 */
export const TOLERANCES: Tolerances = { bytes: 0.01, psnrDb: 0.1, ratio: 0.4 };

/** Something that is not as it was. */
export interface Change {
  readonly text: string;
  /** Worse than the tolerance allows, or the set itself is another one. */
  readonly failed: boolean;
}

/** What moved. A run without times leaves them out of the comparison. */
export function compareBaseline(
  before: Baseline,
  after: { encodes: Baseline["encodes"]; ratios?: Baseline["ratios"] },
  tolerances: Tolerances = TOLERANCES,
): Change[] {
  return [
    ...compareSets(before.encodes, after.encodes, (a, b) => compareEncode(a, b, tolerances)),
    ...(after.ratios ? compareSets(before.ratios, after.ratios, (a, b) => compareRatio(a, b, tolerances)) : []),
  ];
}

/** Entries of both by name; one that is missing on a side is a failure, since then nothing guards it. */
function compareSets<T>(
  before: Readonly<Record<string, T>>,
  after: Readonly<Record<string, T>>,
  compare: (before: T, after: T) => Change | undefined,
): Change[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].flatMap((name) => {
    if (before[name] === undefined) return [{ text: `${name}: not in the baseline`, failed: true }];
    if (after[name] === undefined) return [{ text: `${name}: only in the baseline`, failed: true }];
    const change = compare(before[name], after[name]);
    return change ? [{ ...change, text: `${name}: ${change.text}` }] : [];
  });
}

function compareEncode(before: EncodeOutcome, after: EncodeOutcome, tolerances: Tolerances): Change | undefined {
  if (before.crc === after.crc) return undefined;
  const growth = after.bytes / before.bytes - 1;
  const gainDb = after.psnrDb - before.psnrDb;
  const text = `${before.bytes} -> ${after.bytes} bytes (${signed(100 * growth, 2)} %), ` +
    `${before.psnrDb.toFixed(3)} -> ${after.psnrDb.toFixed(3)} dB (${signed(gainDb, 3)})`;
  return { text, failed: growth > tolerances.bytes || gainDb < -tolerances.psnrDb };
}

/** Times always differ a little: only what is beyond a fourth of the tolerance is worth a line. */
function compareRatio(before: number, after: number, { ratio }: Tolerances): Change | undefined {
  const growth = after / before - 1;
  if (Math.abs(growth) < ratio / 4) return undefined;
  const text = `${before.toFixed(3)} -> ${after.toFixed(3)} calibration loops (${signed(100 * growth, 0)} %)`;
  return { text, failed: growth > ratio };
}

function signed(value: number, digits: number): string {
  return `${value >= 0 ? "+" : ""}${value.toFixed(digits)}`;
}
