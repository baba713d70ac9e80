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
import { isSmooth } from "./detail.ts";
import type { FitSettings } from "./fit_image.ts";
import { omits } from "./options.ts";
import { startLambda } from "./target.ts";

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

/** What the choice of defaults depends on beside decoder and settings: `detail` as in `imageDetail`. */
export type SizeAndDetail = ImageShape & { readonly detail: number };

/**
 * Where defaults of the synthesis pay as well, by measurement: in smooth pictures, where little is spent on latents, of up to
 * so many pixels for each unit of lambda; and up to so many at most, for a small synthesis sooner has to be the picture's own.
 */
const PAYING_SYNTHESIS = {
  pixelsPerLambda: 1 << 23,
  pixels: { lop: 1 << 15, mop: 1 << 17 } as Partial<Record<PresetName, number>>,
};

/** Whether a fit with defaults starts from those of the synthesis. */
function usesSynthesisDefaults(
  architecture: Architecture,
  shape: SizeAndDetail,
  settings: Pick<FitSettings, "lambda" | "without">,
): boolean {
  if (!hasSynthesisDefaults(architecture, shape) || omits(settings, "synthesisDefaults")) return false;
  if (!isSmooth(shape.detail, settings.lambda)) return false;
  const most = PAYING_SYNTHESIS.pixels[defaultsPreset(architecture)!] ?? 0;
  return shape.width * shape.height <= Math.min(most, PAYING_SYNTHESIS.pixelsPerLambda * settings.lambda);
}

/** The defaults for a fit, by its size, detail and first lambda; `undefined` where it has none. */
export function chooseDefaults(
  architecture: Architecture,
  shape: SizeAndDetail,
  settings: Pick<FitSettings, "iterations" | "lambda" | "target" | "without">,
): LearnedDefaults | undefined {
  if (!usesDefaults(architecture, shape, settings)) return undefined;
  const parameters = costlyParameters(parameterGroups(architecture, shape), { learned: true });
  const lambda = startLambda(settings, { pixels: shape.width * shape.height, parameters });
  return {
    position: positionAt(lambda),
    synthesis: usesSynthesisDefaults(architecture, shape, { ...settings, lambda }),
    fields: !omits(settings, "learnedFields"),
  };
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
