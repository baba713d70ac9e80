/** Where training starts: the networks' first parameters (Cool-chic 5.0, sec. 2.2, 3.2, 3.3, 4.4 of its description). */

import type { Architecture, ImageShape } from "../bitstream/architecture.ts";
import { learnedCount } from "../bitstream/defaults.ts";
import { findTensor, parameterCount, type ParameterGroup, type Tensor } from "../bitstream/parameters.ts";
import { CENTRED_MEAN } from "./load_image.ts";
import { type PlaneRole, planeRoles } from "./plane_roles.ts";
import { Random } from "./random.ts";

/** Quarter-phase cubic kernel, outermost tap first; its sum over one phase is 1. */
const CUBIC_TAPS = [-0.0351562, -0.1054687, 0.2617187, 0.8789063];
/** Only the centre tap. */
const IDENTITY_TAPS = [0, 0, 0, 1];

/** What the first parameters depend on beside architecture and shape. */
export interface InitialOptions {
  readonly groups: readonly ParameterGroup[];
  readonly seed: number;
  /** Mean sample of each channel, in units of 2^-bitDepth. */
  readonly mean: readonly number[];
  /** Learned defaults of all parameters; default: none. */
  readonly defaults?: Float32Array | undefined;
  /** Whether the synthesis has some as well; default false. */
  readonly synthesisDefaults?: boolean | undefined;
}

/**
 * The first parameters: learned defaults where there are any, those of a synthesis moved to the image's mean. Else residual
 * layers zero (so that they pass their input), the linear ones small and random, upsampling bicubic. Biases are zero, but
 * for the image's mean; fine planes have roles in the synthesis' stabiliser.
 */
export function initialParameters(
  arch: Architecture,
  shape: ImageShape,
  { groups, seed, mean, defaults, synthesisDefaults = false }: InitialOptions,
): Float32Array {
  const random = new Random(seed);
  const values = new Float32Array(parameterCount(groups));
  for (const tensor of groups.flatMap((group) => group.tensors)) {
    const part = values.subarray(tensor.offset, tensor.offset + tensor.rows * tensor.cols);
    fillTensor(part, tensor, { arch, random });
  }
  if (arch.synthesisStabiliser) {
    giveRoles(values, findTensor(groups, "synthesis.stabiliser"), planeRoles(arch, shape));
  }
  // Ahead of the residual layers, which pass it on: their ReLU would cut the dark half of values around zero off for good.
  const last = arch.synthesis.findLastIndex((layer) => !layer.residual);
  const bias = findTensor(groups, `synthesis.${last}.bias`);
  values.set(mean.slice(0, shape.channels), bias.offset);
  if (!defaults) return values;
  values.set(synthesisDefaults ? defaults : defaults.subarray(0, learnedCount(groups)));
  if (synthesisDefaults) {
    mean.slice(0, shape.channels).forEach((value, c) => values[bias.offset + c] += value - CENTRED_MEAN);
  }
  return values;
}

/** Sets the rows of the colours in the synthesis' stabiliser. */
function giveRoles(values: Float32Array, { offset, cols }: Tensor, roles: readonly PlaneRole[]): void {
  for (const { plane, weights } of roles) {
    weights.forEach((weight, colour) => values[offset + colour * cols + plane] = weight);
  }
}

function fillTensor(
  part: Float32Array,
  tensor: Tensor,
  { arch, random }: { arch: Architecture; random: Random },
): void {
  const [module, layer, kind] = tensor.name.split(".");
  if (module === "upsampling") {
    const taps = layer === "taps" ? CUBIC_TAPS : IDENTITY_TAPS;
    part.forEach((_, i) => part[i] = taps[i % taps.length]);
    return;
  }
  if (kind === "bias" || isResidual(arch, module, layer)) return;
  if (module === "synthesis") {
    const bound = 1 / (tensor.rows ** 2 * Math.sqrt(tensor.cols));
    part.forEach((_, i) => part[i] = bound * (2 * random.uniform() - 1));
  } else {
    part.forEach((_, i) => part[i] = random.normal() / tensor.rows ** 2);
  }
}

function isResidual(arch: Architecture, module: string, layer: string): boolean {
  const layers = module === "arm" ? arch.armLayers : module === "synthesis" ? arch.synthesis : [];
  return layers[Number(layer)]?.residual ?? false;
}
