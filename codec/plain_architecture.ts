/** The decoder of the first COOL-CHIC paper, for the options of its program. */

import type { Architecture } from "../bitstream/architecture.ts";

/** Sizes of a plain decoder. */
export interface PlainSizes {
  /** Widths of the ARM's hidden layers; at most 7. */
  readonly armLayers: readonly number[];
  /** Widths of the synthesis network's hidden layers; at most 6. */
  readonly synthesisLayers: readonly number[];
  /** Rows above and columns on either side that the ARM's context stands for, 1..4. */
  readonly contextRadius: number;
}

/** The sizes of the first paper: 680 multiplications per pixel in the two networks. */
export const PLAIN_DEFAULTS: PlainSizes = { armLayers: [12, 12], synthesisLayers: [12, 12], contextRadius: 2 };

/** Values in the causal part of a window of `radius` rows and columns: `2 r (r + 1)`, so 4, 12, 24, 40. */
export function contextsOf(radius: number): number {
  return 2 * radius * (radius + 1);
}

/**
 * Fully connected layers with ReLU and nothing else: no residual layers, no stabilisers, no hyper grids, no IFCE, a
 * synthesis of 1x1 layers. The context has as many values as the paper's window; they are the nearest ones in the order of
 * `CONTEXT_OFFSETS`.
 */
export function plainArchitecture({ armLayers, synthesisLayers, contextRadius }: PlainSizes): Architecture {
  const hidden = synthesisLayers.map((outputs) => ({ outputs, kernel: 1, residual: false, relu: true } as const));
  return {
    contexts: contextsOf(contextRadius),
    features: 0,
    ifceLevels: 0,
    ifceReach: 0,
    armLayers: armLayers.map((outputs) => ({ outputs, residual: false })),
    armStabiliser: false,
    hyperFirstLevel: 15,
    hyperPlanes: 0,
    synthesis: [...hidden, { outputs: 0, kernel: 1, residual: false, relu: false }],
    synthesisStabiliser: false,
  };
}
