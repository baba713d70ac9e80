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
