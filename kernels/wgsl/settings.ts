/** What the GPU must know of each step: computed on the host in float64, read by the kernels through a step counter. */

import type { Step } from "../executor.ts";
import { adamStepSize, LATENT_ADAM, PARAMETER_ADAM } from "../optimiser.ts";
import type { Scalars } from "../program.ts";

/** Members of the WGSL struct `Settings` of type f32, in order. */
const FLOATS = [
  "inverseTemperature",
  "softroundScale",
  "noise",
  "rateWeight",
  "distortionWeight",
  "latentStepSize",
  "parameterStepSize",
  "clipNorm",
] as const;

/** Members after them, of type u32; `parameterUpdate` is the number of the update, the first is 1. */
const INTEGERS = ["noiseKey", "parameterUpdate"] as const;

/** WGSL of the buffer of settings: `control.settings[control.step]` are those of the step at hand. */
export const CONTROL_STRUCTS = `
struct Settings { ${[...FLOATS.map((name) => `${name}: f32`), ...INTEGERS.map((name) => `${name}: u32`)].join(", ")} }
struct Control { step: u32, settings: array<Settings> }`;

/** Steps that one control buffer holds. */
export const MAX_STEPS = 1024;

/** Words before the settings: the step counter. */
const COUNTER_WORDS = 1;
/** Words of one step's settings. */
const SETTINGS_WORDS = FLOATS.length + INTEGERS.length;

/** Bytes of a control buffer. */
export const CONTROL_BYTES = 4 * (COUNTER_WORDS + MAX_STEPS * SETTINGS_WORDS);

/** Updates made so far. */
export interface UpdateCounts {
  latents: number;
  parameters: number;
}

/** Contents of the control buffer: counter at 0, then the steps' settings. Counts the updates. */
export function encodeSteps(steps: readonly Step[], counts: UpdateCounts): Uint32Array<ArrayBuffer> {
  const words = new Uint32Array(COUNTER_WORDS + steps.length * SETTINGS_WORDS);
  const floats = new Float32Array(words.buffer);
  steps.forEach((step, i) => {
    const start = COUNTER_WORDS + i * SETTINGS_WORDS;
    const settings = { ...scalarSettings(step.scalars), ...stepSizes(step, counts) };
    FLOATS.forEach((name, k) => floats[start + k] = settings[name]);
    const integers = { noiseKey: step.scalars.noiseKey, parameterUpdate: counts.parameters };
    INTEGERS.forEach((name, k) => words[start + FLOATS.length + k] = integers[name]);
  });
  return words;
}

function scalarSettings({ temperature, noise, rateWeight, distortionWeight }: Scalars) {
  return {
    inverseTemperature: 1 / temperature,
    softroundScale: 0.5 / Math.tanh(0.5 / temperature),
    noise,
    rateWeight,
    distortionWeight,
  };
}

function stepSizes({ latentRate, parameterRate, clipNorm }: Step, counts: UpdateCounts) {
  counts.parameters++;
  counts.latents++;
  return {
    latentStepSize: adamStepSize(LATENT_ADAM, latentRate, counts.latents),
    parameterStepSize: adamStepSize(PARAMETER_ADAM, parameterRate, counts.parameters),
    clipNorm,
  };
}
