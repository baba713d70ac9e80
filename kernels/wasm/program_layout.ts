/**
 * Where a compiled program finds things: its scratch memory, and its binding (the table that tells it which planes,
 * parameters and sites a call means). All offsets are in bytes.
 */

import { gatheredSlots, type Program, storedSlots, widthOf } from "../program.ts";

/** Sites processed at once: scratch rows of this length stay in the first-level cache. */
export const BLOCK = 128;
/** Bytes of a block's sites in a row. */
export const BLOCK_BYTES = 4 * BLOCK;
/** Bytes between scratch rows, and before the first: what reads of a row's neighbours may run into. */
export const GAP = 16;
/** Bytes from one scratch row to the next. A row is one component of one value for a block of sites. */
export const ROW = BLOCK_BYTES + GAP;

/** Word indices of a binding. */
export const BINDING = {
  width: 0,
  height: 1,
  /** Address of a row of zeros, for reads above or below a plane with a zero border. */
  zeroRow: 2,
  scalars: 3,
  noiseBase: 4,
  /** A float. */
  noiseShare: 5,
  /** Addresses of the parameter slots start here; plane records follow. */
  parameters: 6,
} as const;

/** Word indices of a plane record in a binding. */
export const PLANE = {
  /** Address of value (0, 0). */
  base: 0,
  rowBytes: 1,
  width: 2,
  height: 3,
  /** Address of gradient (0, 0); rows as in the values. */
  gradient: 4,
  /** 1: the columns left and right of the plane repeat its edge; 0: they are zero. */
  replicate: 5,
  /** 1: reading the gradient in the backward pass also zeroes it, for the next iteration's sums. */
  consume: 6,
  words: 7,
} as const;

/** Byte offsets of the numbers of `Scalars`, and values derived from them, in the scalar block. */
export const SCALAR = {
  /** `1 / temperature`. */
  inverseTemperature: 0,
  /** `0.5 / tanh(0.5 / temperature)`. */
  softroundGain: 4,
  noise: 8,
  noiseKey: 12,
  /** Weight of one nat in the loss: `rateWeight / ln 2`. */
  natWeight: 16,
  distortionWeight: 20,
  /** Step size of the Adam step on the latents. */
  adamRate: 24,
  bytes: 28,
} as const;

/** Offsets in a thread's scratch memory for one program. */
export interface ScratchLayout {
  /** Rows of each value, by value; losses and stores have none. */
  readonly values: readonly number[];
  readonly gradients: readonly number[];
  /** One vector per parameter: sums over sites, one per lane. */
  readonly parameterSums: number;
  /** Index of each parameter slot's first parameter within the program. */
  readonly slotStarts: readonly number[];
  /** Parameters of the program. */
  readonly parameterCount: number;
  /** Two vectors: sums of nats and of squared errors. */
  readonly losses: number;
  readonly bytes: number;
}

/** Lays out the scratch memory of a program. */
export function scratchLayout(program: Program): ScratchLayout {
  let next = GAP;
  const take = (bytes: number) => {
    const offset = next;
    next += bytes;
    return offset;
  };
  const rows = () => program.ops.map((_, value) => take(widthOf(program, value) * ROW));
  const values = rows();
  const gradients = rows();
  let parameterCount = 0;
  const slotStarts = program.parameters.map((slot) => {
    const start = parameterCount;
    parameterCount += slot.length;
    return start;
  });
  const parameterSums = take(16 * parameterCount);
  const losses = take(32);
  return { values, gradients, parameterSums, slotStarts, parameterCount, losses, bytes: next };
}

/** Length in words of a program's binding. */
export function bindingWords(program: Program): number {
  return BINDING.parameters + program.parameters.length + program.planes.length * PLANE.words;
}

/** Byte offset in the binding of a parameter slot's address. */
export function parameterField(slot: number): number {
  return 4 * (BINDING.parameters + slot);
}

/** Byte offset in the binding of a field of a plane's record. */
export function planeField(program: Program, slot: number, field: keyof typeof PLANE): number {
  return 4 * (BINDING.parameters + program.parameters.length + slot * PLANE.words + PLANE[field]);
}

/**
 * Rows of sites that one task of the program covers: enough rows that the backward pass of a task touches, above and below
 * its own rows, at most its neighbours', and a whole number of rows of every coarser plane.
 */
export function stripRows(program: Program): number {
  const shifts = program.ops.flatMap((op) => op.kind === "gather" ? op.taps.map((tap) => tap.shift) : []);
  return Math.max(16, 1 << Math.max(0, ...shifts));
}

/** Whether tasks of neighbouring strips add to the same rows of a gradient, so that they must not run at once. */
export function stripsOverlap(program: Program): boolean {
  return program.ops.some((op) =>
    op.kind === "gather" &&
    op.taps.some((tap) => tap.plane >= 0 && program.planes[tap.plane].gradient && tap.dy !== 0)
  );
}

/** Slots that a program both reads and writes would make the order of sites matter: refused. */
export function checkProgram(program: Program): void {
  const read = gatheredSlots(program);
  for (const slot of storedSlots(program)) {
    if (read.has(slot)) throw new RangeError(`Cannot compile ${program.name}: it reads and writes plane slot ${slot}`);
  }
}
