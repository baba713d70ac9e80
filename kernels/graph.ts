/**
 * A graph: kernel programs bound to planes and parameters, in the order in which they run.
 *
 * It is the whole description of one image's training that a back-end needs. The backward pass is the list in reverse.
 */

import type { MatrixShape } from "./soap.ts";
import type { Program } from "./program.ts";

/** Index of a plane of a graph. */
export type PlaneId = number;

/** A two-dimensional array of numbers, row-major. */
export interface Plane {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  /** Whether a gradient of this plane exists. */
  readonly gradient: boolean;
}

/** One run of a program over a grid of sites. */
export interface Call {
  readonly program: Program;
  /** Sites per row and rows of sites. */
  readonly width: number;
  readonly height: number;
  /** The plane bound to each plane slot of the program. */
  readonly planes: readonly PlaneId[];
  /** The offset in the parameter vector of each parameter slot of the program. */
  readonly parameters: readonly number[];
  /** Number of the first site's noise variable: different for every call that draws noise. */
  readonly noiseBase: number;
  /** Share of the step's noise that the call draws, as a 32-bit float. */
  readonly noiseShare: number;
}

/** Everything a back-end needs to train one image. */
export interface Graph {
  readonly planes: readonly Plane[];
  /** Length of the parameter vector. */
  readonly parameterCount: number;
  /** Matrices in the parameter vector, for the optimiser; what lies in none of them counts as single values. */
  readonly matrices: readonly MatrixShape[];
  /** Trainable planes (latents before quantisation), each with a gradient. */
  readonly latents: readonly PlaneId[];
  /** Quantisation while training: soft rounding and noise, with a gradient to the latents. */
  readonly softQuantise: readonly Call[];
  /** Quantisation as in the file: rounding, no gradient. */
  readonly hardQuantise: readonly Call[];
  /** All that follows quantisation: no call reads a plane that a later one writes. */
  readonly body: readonly Call[];
}

/** Sums over all sites of the two parts of the loss. */
export interface LossSums {
  /** Bits of all latents. */
  readonly bits: number;
  /** Squared errors of all samples, in the unit of the synthesis output (samples run 0..SAMPLE_MAX). */
  readonly squaredError: number;
}
