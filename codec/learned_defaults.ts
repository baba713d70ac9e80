/** Which of the learned defaults a training starts from. */

import type { Architecture, ImageShape, PresetName } from "../bitstream/architecture.ts";
import {
  defaultsPreset,
  hasSynthesisDefaults,
  LAST_POSITION,
  learnedCount,
  type LearnedDefaults,
  ROW_DISTANCE,
} from "../bitstream/defaults.ts";
import { parameterCount, type ParameterGroup, parameterGroups, type Tensor } from "../bitstream/parameters.ts";
import { parameterBounds } from "../bitstream/weights.ts";
import type { FitSettings } from "./fit_image.ts";
import { omits } from "./options.ts";
import { firstLambda } from "./target.ts";

/** The lambdas that the rows of the table were trained for (`deno task defaults`). */
export const ROW_LAMBDAS = [0.0005, 0.003, 0.018] as const;

/** The position in the tables for a lambda: linear in its logarithm, at the ends beyond the rows. */
export function positionAt(lambda: number): number {
  const [first, second] = ROW_LAMBDAS;
  const position = Math.round(ROW_DISTANCE * Math.log(lambda / first) / Math.log(second / first));
  return Math.max(0, Math.min(LAST_POSITION, position));
}

/**
 * Where defaults pay, by measurement: in small pictures always, in larger ones in trainings of `mop` up to so many
 * iterations. A long training finds networks of its own and hides more values in its noise when it starts from good ones, one
 * of `hop` even when it is short (docs/decisions.md).
 */
const PAYING = { pixels: 1 << 17, iterations: { mop: 1000 } as Partial<Record<PresetName, number>> };

/** Whether a fit starts from defaults. */
export function usesDefaults(
  architecture: Architecture,
  { width, height }: ImageShape,
  settings: Pick<FitSettings, "iterations" | "without">,
): boolean {
  const preset = defaultsPreset(architecture);
  if (!preset || omits(settings, "learnedDefaults")) return false;
  return width * height <= PAYING.pixels || settings.iterations <= (PAYING.iterations[preset] ?? 0);
}

/** Up to this many pixels defaults of the synthesis pay as well, by measurement: larger pictures get away from them. */
const PAYING_SYNTHESIS_PIXELS = 1 << 15;

/** The defaults for a fit, by its size and first lambda; `undefined` where it has none. */
export function chooseDefaults(
  architecture: Architecture,
  shape: ImageShape,
  settings: Pick<FitSettings, "iterations" | "lambda" | "target" | "without">,
): LearnedDefaults | undefined {
  if (!usesDefaults(architecture, shape, settings)) return undefined;
  const pixels = shape.width * shape.height;
  const parameters = costlyParameters(parameterGroups(architecture, shape), { learned: true });
  const lambda = settings.target ? firstLambda(settings.target, { pixels, parameters }) : settings.lambda;
  const paysSynthesis = pixels <= PAYING_SYNTHESIS_PIXELS && !omits(settings, "synthesisDefaults");
  return { position: positionAt(lambda), synthesis: paysSynthesis && hasSynthesisDefaults(architecture, shape) };
}

/** Bits of a parameter with a default for each bit of one without, in crops of 256x256: 0.2 to 0.65. */
const LEARNED_COST = 0.5;

/** How many parameters without defaults would take as many bits; `learned`: whether those that can have defaults have them. */
export function costlyParameters(groups: readonly ParameterGroup[], { learned }: { learned: boolean }): number {
  return parameterCount(groups) - (learned ? (1 - LEARNED_COST) * learnedCount(groups) : 0);
}

/** `parameterBounds` of the differences from some defaults; without defaults, of the parameters themselves. */
export function differenceBounds(
  group: ParameterGroup,
  tensor: Tensor,
  { stepBits, defaults }: { stepBits: number; defaults: Float32Array | undefined },
): readonly [number, number] {
  const values = defaults?.subarray(tensor.offset, tensor.offset + tensor.rows * tensor.cols);
  const furthest = values?.reduce((most, value) => Math.max(most, Math.abs(value)), 0) ?? 0;
  return parameterBounds(group, tensor, { stepBits, furthest: furthest * 2 ** group.maxStepBits });
}
