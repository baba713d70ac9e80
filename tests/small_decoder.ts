/** A decoder for tests of what presets differ in. */

import { type Architecture, PRESETS } from "../bitstream/architecture.ts";

/** Small, with every kind of layer that a preset has: two hidden ones in its ARM, a 3x3 one in its synthesis. */
export const SMALL_DECODER: Architecture = {
  ...PRESETS.hop,
  contexts: 6,
  features: 2,
  armLayers: [{ outputs: 8, residual: true }, { outputs: 8, residual: true }],
  synthesis: [
    { outputs: 8, kernel: 1, residual: false, relu: true },
    { outputs: 0, kernel: 1, residual: false, relu: false },
    { outputs: 0, kernel: 3, residual: true, relu: false },
  ],
};
