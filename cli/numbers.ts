/** Numbers as options of a command. */

import { InvalidArgumentError } from "@commander-js/extra-typings";

/** The numbers an option takes. */
export interface NumberRange {
  readonly min: number;
  readonly max: number;
  /** Whole numbers only. */
  readonly integer?: boolean;
}

/** A parser for the text of a number option; it throws commander's `InvalidArgumentError` outside the range. */
export function numberOption({ min, max, integer = false }: NumberRange): (text: string) => number {
  return (text) => {
    const value = text.trim() === "" ? NaN : Number(text);
    const valid = value >= min && value <= max && (!integer || Number.isInteger(value));
    if (valid) return value;
    throw new InvalidArgumentError(`Expected a ${integer ? "whole " : ""}number from ${min} to ${max}.`);
  };
}

/** A parser for whole numbers separated by commas: `12,12`. */
export function numberListOption(
  { min, max, most }: { min: number; max: number; most: number },
): (text: string) => number[] {
  return (text) => {
    const values = text.split(",").map((part) => part.trim() === "" ? NaN : Number(part));
    const valid = values.length <= most && values.every((v) => Number.isInteger(v) && v >= min && v <= max);
    if (valid) return values;
    throw new InvalidArgumentError(`Expected 1 to ${most} whole numbers from ${min} to ${max}, like 12,12.`);
  };
}

const SECONDS = { s: 1, m: 60, h: 3600 } as const;

/** A parser for a time: `90`, `90s`, `1.5m` or `2h`, as seconds. */
export function timeOption(text: string): number {
  const [, digits, unit] = /^\s*(\d+(?:\.\d+)?)\s*([smh]?)\s*$/.exec(text) ?? [];
  const seconds = Number(digits) * SECONDS[(unit || "s") as keyof typeof SECONDS];
  if (seconds > 0 && Number.isFinite(seconds)) return seconds;
  throw new InvalidArgumentError("Expected a time like 90s, 1.5m or 2h.");
}
