/**
 * Kernel programs: the mathematics of every network of the codec, written once, forward only.
 *
 * A program is what happens at one site of a grid: gather values around the site from some planes, run a short chain of
 * operations on them, and store planes or add to a loss. Sites are independent, so a back-end may run them in any order.
 * Gradients are not written here: each back-end derives them from the same list of operations (recompute forward, walk the
 * list backward, transposed gather into the input planes, sums over sites for the parameters).
 *
 *     gather -> linear (+ addend) (relu) -> ... -> store | laplaceBits | squaredError
 */

/** What a read outside a plane gives: 0, or the nearest value of the plane. */
export type Border = "zero" | "replicate";

/** A plane that a program reads or writes; the call binds it to a real plane. */
export interface PlaneSlot {
  readonly name: string;
  readonly border: Border;
  /** Whether the backward pass adds this input's gradient to the bound plane's gradient. */
  readonly gradient: boolean;
}

/** A run of parameters that a program reads; the call binds it to an offset in the parameter vector. */
export interface ParameterSlot {
  readonly name: string;
  readonly length: number;
}

/** One read: site (y, x) reads `plane[(y >> shift) + dy][(x >> shift) + dx]`. */
export interface Tap {
  /** Index of a plane slot; -1 for a constant 0. */
  readonly plane: number;
  readonly dy: number;
  readonly dx: number;
  /** 0: the plane has the sites' resolution; 1: half of it, and so on. */
  readonly shift: number;
}

/** Index of an operation whose result is a vector of values at the site. */
export type Value = number;

/** Reads one value per tap. */
export interface GatherOp {
  readonly kind: "gather";
  readonly taps: readonly Tap[];
}

/** `out = W in + bias + addend`, then ReLU if asked. The ReLU's derivative at 0 is 0. */
export interface LinearOp {
  readonly kind: "linear";
  readonly input: Value;
  readonly rows: number;
  /** Parameter slot of the weights. */
  readonly weights: number;
  /** `map[row * cols + col]`: index of the weight in its slot, -1 for a constant 0. Several entries may share a weight. */
  readonly map: Int32Array;
  /** Parameter slot of the bias, `[rows]`. */
  readonly bias?: number;
  readonly addend?: Value;
  readonly relu: boolean;
}

/** Differentiable stand-in for rounding (Agustsson & Theis 2020, sec. 4.1) at the schedule's temperature. */
export interface SoftroundOp {
  readonly kind: "softround";
  readonly input: Value;
}

/** Adds the call's share of the step's noise times a unit Gaussian variable (see `noise.ts`), one per site. Width 1 only. */
export interface NoiseOp {
  readonly kind: "noise";
  readonly input: Value;
}

/** `floor(x + 0.5)`; its gradient is zero. */
export interface RoundOp {
  readonly kind: "round";
  readonly input: Value;
}

/**
 * Writes a value to planes. `spread` "none": component c to `planes[c][y][x]`; "x": components 0 and 1 to
 * `planes[0][y][2x]` and `[2x + 1]`; "y": to `planes[0][2y][x]` and `[2y + 1]`. Positions outside the plane are dropped.
 */
export interface StoreOp {
  readonly kind: "store";
  readonly value: Value;
  readonly planes: readonly number[];
  readonly spread: "none" | "x" | "y";
}

/**
 * Adds to the rate the bits of `symbol` (width 1) under a Laplace distribution integrated over its unit cell:
 * `mu = params[0]`, `ln b = clamp(params[1] - LOG_SCALE_OFFSET, LOG_SCALE_MIN, LOG_SCALE_MAX)`.
 *
 * A symbol between two integers costs the bits at its own place, but for `INTEGER_SHARE`, which is what the two integers
 * cost, each weighed by how near it is: the expectation if the symbol were rounded at random. At an integer both are the
 * same. Its own place alone would make values up to half a step from the mean free of charge, and training would learn to
 * say in them what rounding takes away.
 */
export interface LaplaceBitsOp {
  readonly kind: "laplaceBits";
  readonly symbol: Value;
  readonly params: Value;
}

/**
 * Adds to the distortion the squared error between `input` and `target`, with `input` clamped to 0..SAMPLE_MAX, or to the
 * target where that is above (white of more than 8 bits); outside, the error goes on linearly so that the gradient keeps
 * pulling the value back: `e^2 + 2 e (input - clamp(input))`.
 */
export interface SquaredErrorOp {
  readonly kind: "squaredError";
  readonly input: Value;
  readonly target: Value;
}

/** One operation of a program. */
export type Op =
  | GatherOp
  | LinearOp
  | SoftroundOp
  | NoiseOp
  | RoundOp
  | StoreOp
  | LaplaceBitsOp
  | SquaredErrorOp;

/** What happens at one site. An operation reads only results of earlier ones; its index is its `Value`. */
export interface Program {
  readonly name: string;
  readonly planes: readonly PlaneSlot[];
  readonly parameters: readonly ParameterSlot[];
  readonly ops: readonly Op[];
}

/** `ln b = params[1] - LOG_SCALE_OFFSET`: puts a fresh network near the small scales of an all-zero latent. */
export const LOG_SCALE_OFFSET = 2.5;
/** Smallest `ln b` in training. The decoder's table starts at -4; below, costs differ by less than its floors. */
export const LOG_SCALE_MIN = -5;
/** Largest `ln b`: the last row of the decoder's table. */
export const LOG_SCALE_MAX = 3.875;
/** Largest 8-bit sample in units of 1/256, the unit of the synthesis output. */
export const SAMPLE_MAX = 255 / 256;

/** Share of a symbol's bits that is counted at the two integers around it; see `LaplaceBitsOp`. */
export const INTEGER_SHARE = 0.2;

/** Numbers that change from iteration to iteration. */
export interface Scalars {
  /** Temperature of the softround, > 0. */
  readonly temperature: number;
  /** Standard deviation of the noise, in quantisation steps. */
  readonly noise: number;
  /** Key of the noise, an unsigned 32-bit integer. */
  readonly noiseKey: number;
  /** Weight of one bit in the loss: `lambda / pixels`. */
  readonly rateWeight: number;
  /** Weight of one squared error in the loss. */
  readonly distortionWeight: number;
}

/** Number of components of an operation's result; 0 for stores and losses. */
export function widthOf(program: Program, value: Value): number {
  const op = program.ops[value];
  switch (op.kind) {
    case "gather":
      return op.taps.length;
    case "linear":
      return op.rows;
    case "softround":
    case "noise":
    case "round":
      return widthOf(program, op.input);
    default:
      return 0;
  }
}

/** The values that an operation reads. */
export function operandsOf(op: Op): Value[] {
  switch (op.kind) {
    case "gather":
      return [];
    case "linear":
      return op.addend === undefined ? [op.input] : [op.input, op.addend];
    case "store":
      return [op.value];
    case "laplaceBits":
      return [op.symbol, op.params];
    case "squaredError":
      return [op.input, op.target];
    default:
      return [op.input];
  }
}

/** The operations that read a value. */
export function readersOf(program: Program, value: Value): Value[] {
  return [...program.ops.keys()].filter((reader) => operandsOf(program.ops[reader]).includes(value));
}

/** Whether the program ends in a loss; its forward and backward passes are then one. */
export function isLoss(program: Program): boolean {
  return program.ops.some((op) => op.kind === "laplaceBits" || op.kind === "squaredError");
}

/** Slots the program writes. */
export function storedSlots(program: Program): Set<number> {
  return new Set(program.ops.flatMap((op) => op.kind === "store" ? op.planes : []));
}

/** Slots the program reads. */
export function gatheredSlots(program: Program): Set<number> {
  return new Set(
    program.ops.flatMap((op) =>
      op.kind === "gather" ? op.taps.map((tap) => tap.plane).filter((slot) => slot >= 0) : []
    ),
  );
}

/**
 * Which values the gradient must reach, by index: those from which a plane with `gradient` can be reached, or that need
 * their gradient for a weight's sum. A gather is marked only if one of its taps wants a gradient.
 */
export function needsGradient(program: Program): boolean[] {
  const marks: boolean[] = [];
  for (const op of program.ops) marks.push(opNeedsGradient(program, op, marks));
  return marks;
}

function opNeedsGradient(program: Program, op: Op, marks: readonly boolean[]): boolean {
  switch (op.kind) {
    case "gather":
      return op.taps.some((tap) => tap.plane >= 0 && program.planes[tap.plane].gradient);
    case "linear":
      return true;
    case "softround":
    case "noise":
      return marks[op.input];
    default:
      return false;
  }
}
