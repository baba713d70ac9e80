/**
 * Expressions over four floats, and the elementary functions that the instruction set lacks.
 *
 * An `Expr` is code that pushes one vector. Functions take and give expressions, so formulas read as formulas; values used
 * twice are first assigned to a local.
 */

import { HASH_MULTIPLIERS, HASH_SHIFTS } from "../noise.ts";
import type { FunctionBuilder, Local } from "./assembler.ts";
import type { PlainInstruction } from "./opcodes.ts";

/** Code that pushes one v128. */
export type Expr = () => void;

/** An expression that reads a local. */
export type LocalExpr = Expr & { readonly local: Local };

/** Builds expressions for one function. */
export class VectorMath {
  readonly #f: FunctionBuilder;
  readonly #fma: boolean;
  readonly #free: Local[] = [];

  /** `fma`: the engine has relaxed SIMD. */
  constructor(f: FunctionBuilder, fma: boolean) {
    this.#f = f;
    this.#fma = fma;
  }

  /** The same number in all lanes. */
  constant(value: number): Expr {
    return () => this.#f.f32x4(value);
  }

  /** The value of a local. */
  local(local: Local): Expr {
    return () => this.#f.get(local);
  }

  /** A float at `address + offset`, in all lanes. */
  splat(address: Local, offset: number): Expr {
    return () => this.#f.get(address).mem("v128.load32_splat", offset);
  }

  /** Four floats at `address + offset`. */
  load(address: Local, offset: number): Expr {
    return () => this.#f.get(address).mem("v128.load", offset);
  }

  /** Stores four floats at `address + offset`. */
  store(address: Local, offset: number, value: Expr): void {
    this.#f.get(address);
    value();
    this.#f.mem("v128.store", offset);
  }

  /** Adds to the four floats at `address + offset`. */
  addTo(address: Local, offset: number, value: Expr): void {
    this.store(address, offset, this.add(this.load(address, offset), value));
  }

  /** A lane of a vector, in all lanes. */
  splatLane(vector: Local, lane: number): Expr {
    return () => this.#f.splatLane(vector, lane);
  }

  /** Computes now; the returned expression reads the result. Release it with `free`. */
  let(value: Expr): LocalExpr {
    const local = this.#free.pop() ?? this.#f.local("v128");
    value();
    this.#f.set(local);
    return Object.assign(() => void this.#f.get(local), { local });
  }

  /** Gives back locals taken by `let`. */
  free(...values: LocalExpr[]): void {
    this.#free.push(...values.map((value) => value.local));
  }

  /** Applies an instruction to its operands. */
  apply(name: PlainInstruction, ...operands: Expr[]): Expr {
    return () => {
      operands.forEach((operand) => operand());
      this.#f.op(name);
    };
  }

  add = (a: Expr, b: Expr): Expr => this.apply("f32x4.add", a, b);
  sub = (a: Expr, b: Expr): Expr => this.apply("f32x4.sub", a, b);
  mul = (a: Expr, b: Expr): Expr => this.apply("f32x4.mul", a, b);
  div = (a: Expr, b: Expr): Expr => this.apply("f32x4.div", a, b);
  /** The smaller one; `a` if one is not a number. (The instruction with that name takes eight times as long.) */
  min = (a: Expr, b: Expr): Expr => this.apply("f32x4.pmin", a, b);
  /** The larger one; `a` if one is not a number. */
  max = (a: Expr, b: Expr): Expr => this.apply("f32x4.pmax", a, b);
  abs = (a: Expr): Expr => this.apply("f32x4.abs", a);
  neg = (a: Expr): Expr => this.apply("f32x4.neg", a);
  and = (a: Expr, b: Expr): Expr => this.apply("v128.and", a, b);
  less = (a: Expr, b: Expr): Expr => this.apply("f32x4.lt", a, b);

  /** `mask ? a : b`, lane by lane. */
  select = (mask: Expr, a: Expr, b: Expr): Expr => this.apply("v128.bitselect", a, b, mask);

  /** `a * b + c`. */
  madd(a: Expr, b: Expr, c: Expr): Expr {
    return this.#fma ? this.apply("f32x4.relaxed_madd", a, b, c) : this.add(this.mul(a, b), c);
  }

  /** `c[0] + c[1] x + c[2] x^2 + ...` */
  polynomial(x: Expr, coefficients: readonly number[]): Expr {
    return coefficients.slice(0, -1).reduceRight(
      (sum: Expr, c) => this.madd(sum, x, this.constant(c)),
      this.constant(coefficients.at(-1)!),
    );
  }

  /** `e^x`, relative error about 2e-7; x is clamped to -87..88. */
  exp(x: Expr): Expr {
    return () => {
      const clamped = this.let(this.max(this.min(x, this.constant(88)), this.constant(-87)));
      // The sum's last bits are n, rounded to the nearest: no conversion is needed.
      const shifted = this.let(this.madd(clamped, this.constant(Math.LOG2E), this.constant(INTEGER_SHIFT)));
      const n = this.let(this.sub(shifted, this.constant(INTEGER_SHIFT)));
      // ln 2 in two parts, the first with few bits, so that n * LN2_HIGH is exact.
      const partial = this.madd(n, this.constant(-LN2_HIGH), clamped);
      const r = this.let(this.madd(n, this.constant(-LN2_LOW), partial));
      this.polynomial(r, EXP_TAYLOR)();
      shifted();
      this.#f.i32(23).op("i32x4.shl", "i32x4.add");
      this.free(clamped, shifted, n, r);
    };
  }

  /** `ln x` for normal positive x, absolute error about 1e-7 near 1. */
  ln(x: Expr): Expr {
    return () => {
      const bits = this.let(x);
      // Split x = m 2^e with m in [sqrt(1/2), sqrt(2)).
      const shifted = this.apply("i32x4.sub", bits, () => this.#f.i32x4(SQRT_HALF_BITS));
      const e = this.let(() => {
        shifted();
        this.#f.i32(23).op("i32x4.shr_s");
      });
      const m = this.let(() => {
        bits();
        e();
        this.#f.i32(23).op("i32x4.shl", "i32x4.sub");
      });
      // ln m = 2 artanh(s), s = (m - 1) / (m + 1).
      const s = this.let(this.div(this.sub(m, this.constant(1)), this.add(m, this.constant(1))));
      const s2 = this.let(this.mul(s, s));
      const series = this.mul(s, this.polynomial(s2, LN_SERIES));
      this.madd(this.apply("f32x4.convert_i32x4_s", e), this.constant(Math.LN2), series)();
      this.free(bits, e, m, s, s2);
    };
  }

  /** `tanh x`, absolute error about 1e-7. */
  tanh(x: Expr): Expr {
    return () => {
      const bounded = this.max(this.min(x, this.constant(15)), this.constant(-15));
      const e = this.let(this.exp(this.mul(bounded, this.constant(2))));
      this.div(this.sub(e, this.constant(1)), this.add(e, this.constant(1)))();
      this.free(e);
    };
  }

  /** Four 32-bit hashes, see `hash32`. */
  hash(x: Expr): Expr {
    return () => {
      const value = this.let(x);
      const mix = (shift: number) => {
        value();
        value();
        this.#f.i32(shift).op("i32x4.shr_u", "v128.xor");
      };
      for (let i = 0; i < 2; i++) {
        mix(HASH_SHIFTS[i]);
        this.#f.i32x4(HASH_MULTIPLIERS[i]).op("i32x4.mul").set(value.local);
      }
      mix(HASH_SHIFTS[2]);
      this.free(value);
    };
  }
}

/** 1.5 * 2^23: floats from here up to a third more are integers, with their lowest bits as in the sum. */
const INTEGER_SHIFT = 12582912;
const LN2_HIGH = 0.693359375;
const LN2_LOW = Math.LN2 - LN2_HIGH;
const EXP_TAYLOR = [1, 1, 1 / 2, 1 / 6, 1 / 24, 1 / 120, 1 / 720, 1 / 5040];
const LN_SERIES = [2, 2 / 3, 2 / 5, 2 / 7, 2 / 9, 2 / 11];
/** Bit pattern of sqrt(1/2) as a float. */
const SQRT_HALF_BITS = 0x3f3504f3;
