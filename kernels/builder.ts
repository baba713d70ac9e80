/** Writes a kernel program operation by operation and checks it as it grows. */

import type { Border, Op, Program, Tap, Value } from "./program.ts";
import { widthOf } from "./program.ts";

/** Choices of `ProgramBuilder.linear`. */
export interface LinearChoices {
  /** Parameter slot of the bias. */
  bias?: number;
  addend?: Value;
  relu?: boolean;
  /** Shared or missing weights, see `LinearOp.map`; by default every entry has its own weight, row-major. */
  map?: Int32Array;
}

/** Builder of one `Program`. Methods throw a `RangeError` when widths or slots do not fit. */
export class ProgramBuilder {
  readonly #name: string;
  readonly #planes: { name: string; border: Border; gradient: boolean }[] = [];
  readonly #parameters: { name: string; length: number }[] = [];
  readonly #ops: Op[] = [];

  constructor(name: string) {
    this.#name = name;
  }

  /** Declares a plane; returns its slot. */
  plane(name: string, border: Border = "zero", gradient = true): number {
    return this.#planes.push({ name, border, gradient }) - 1;
  }

  /** Declares parameters; returns their slot. */
  parameters(name: string, length: number): number {
    return this.#parameters.push({ name, length }) - 1;
  }

  /** Reads one value per tap. */
  gather(taps: readonly Tap[]): Value {
    if (taps.some((tap) => tap.shift > 0 && tap.dx !== 0)) {
      throw new RangeError(`Cannot build ${this.#name}: a tap of a coarser plane has a horizontal offset`);
    }
    return this.#push({ kind: "gather", taps });
  }

  /** `W input + bias + addend`, then ReLU if asked. */
  linear(input: Value, rows: number, weights: number, choices: LinearChoices = {}): Value {
    const cols = this.#width(input);
    const map = choices.map ?? Int32Array.from({ length: rows * cols }, (_, i) => i);
    const { bias, addend, relu = false } = choices;
    this.#expect("weight map", rows * cols, map.length);
    this.#expect("weights", this.#parameters[weights].length, 1 + map.reduce((a, b) => Math.max(a, b), -1));
    if (bias !== undefined) this.#expect("bias", rows, this.#parameters[bias].length);
    if (addend !== undefined) this.#expect("addend", rows, this.#width(addend));
    return this.#push({
      kind: "linear",
      input,
      rows,
      weights,
      map,
      relu,
      ...(bias !== undefined && { bias }),
      ...(addend !== undefined && { addend }),
    });
  }

  /** Soft rounding. */
  softround(input: Value): Value {
    return this.#push({ kind: "softround", input });
  }

  /** Adds Gaussian noise to a value of width 1. */
  noise(input: Value): Value {
    this.#expect("noise input", 1, this.#width(input));
    return this.#push({ kind: "noise", input });
  }

  /** Rounding without gradient. */
  round(input: Value): Value {
    return this.#push({ kind: "round", input });
  }

  /** Writes a value to planes. */
  store(value: Value, planes: readonly number[], spread: "none" | "x" | "y" = "none"): void {
    this.#expect("stored value", spread === "none" ? planes.length : 2, this.#width(value));
    this.#push({ kind: "store", value, planes, spread });
  }

  /** Adds the bits of a symbol to the rate. */
  laplaceBits(symbol: Value, params: Value): void {
    this.#expect("symbol", 1, this.#width(symbol));
    this.#expect("distribution", 2, this.#width(params));
    this.#push({ kind: "laplaceBits", symbol, params });
  }

  /** Adds squared errors to the distortion. */
  squaredError(input: Value, target: Value): void {
    this.#expect("target", this.#width(input), this.#width(target));
    this.#push({ kind: "squaredError", input, target });
  }

  /** The finished program. */
  build(): Program {
    return { name: this.#name, planes: this.#planes, parameters: this.#parameters, ops: this.#ops };
  }

  #push(op: Op): Value {
    return this.#ops.push(op) - 1;
  }

  #width(value: Value): number {
    return widthOf(this.build(), value);
  }

  #expect(what: string, expected: number, received: number): void {
    if (expected !== received) {
      throw new RangeError(`Cannot build ${this.#name}: expected ${what} of width ${expected}, received ${received}`);
    }
  }
}
