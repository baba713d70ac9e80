/** Comparison of a run with the stored one. */

import type { EncodeOutcome } from "./cases.ts";

/** What is stored, and what a run gives. */
export interface Baseline {
  /** Encodes by name. */
  readonly encodes: Readonly<Record<string, EncodeOutcome>>;
  /** Times as multiples of the calibration loop, by name. */
  readonly ratios: Readonly<Record<string, number>>;
}

/** By how much a run may be worse than the baseline, relative. */
export interface Tolerances {
  /** Loss of an encode; size and PSNR alone trade against each other. */
  readonly loss: number;
  /** Time. */
  readonly ratio: number;
}

/**
 * Six seeds give these small pictures losses within 5 % of their mean, and any change of arithmetic is like another seed. Ratios
 * of times moved by up to 13 % in repeated runs on a machine with other work.
 */
export const TOLERANCES: Tolerances = { loss: 0.06, ratio: 0.4 };

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
  const percent = (name: "bytes" | "loss") => signed(100 * (after[name] / before[name] - 1), 2);
  const text = `${before.bytes} -> ${after.bytes} bytes (${percent("bytes")} %), ` +
    `${before.psnrDb.toFixed(3)} -> ${after.psnrDb.toFixed(3)} dB (${signed(after.psnrDb - before.psnrDb, 3)}), ` +
    `loss ${percent("loss")} %`;
  return { text, failed: after.loss > before.loss * (1 + tolerances.loss) };
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
