/**
 * The parameters of a decoder as one flat list: which tensor starts where, and which tensors share a quantisation step.
 *
 * Training keeps the floats, and `QuantisedModel` the integers, in this same order; it is also the order in the file.
 */

import { type Architecture, ifceInputCount, type ImageShape, planeCount } from "./architecture.ts";

/** The four networks. */
export type ModuleName = "arm" | "ifce" | "upsampling" | "synthesis";

/** One matrix or vector of parameters, row-major. */
export interface Tensor {
  readonly name: string;
  /** Index of the first value in the flat parameter list. */
  readonly offset: number;
  /** Output features. */
  readonly rows: number;
  /** Input features times kernel area (`[in][ky][kx]`); 1 for a bias. */
  readonly cols: number;
}

/** Tensors coded together: one quantisation step and one scale. Its tensors are neighbours in the flat list. */
export interface ParameterGroup {
  readonly name: string;
  readonly module: ModuleName;
  /** Index of the first value in the flat parameter list. */
  readonly offset: number;
  readonly length: number;
  /** The finest step is `2^-maxStepBits`: 8 for ARM and IFCE, 12 for upsampling and synthesis. */
  readonly maxStepBits: number;
  readonly tensors: readonly Tensor[];
}

/** Finest quantisation step of ARM and IFCE parameters: they are Q8 integers in the decoder. */
export const ARM_STEP_BITS = 8;
/** Finest quantisation step of upsampling and synthesis parameters: they are Q12 integers in the decoder. */
export const SYNTHESIS_STEP_BITS = 12;
/** Free values of a symmetric 8-tap upsampling kernel, outermost first (taps a b c d d c b a). */
export const UPSAMPLING_TAPS = 4;
/** Free values of a symmetric 7-tap pre-concatenation kernel, outermost first (taps p q r s r q p). */
export const PREFILTER_TAPS = 4;

/**
 * All parameter groups of a decoder, in file order. Tensor names: `arm.0.weight`, `arm.out.bias`, `arm.stabiliser`,
 * `ifce.LEVEL.weight`, `upsampling.taps` (row t: from level `topLevel - t` to the next finer), `upsampling.prefilter`
 * (row i: level i), `synthesis.0.weight`, `synthesis.stabiliser`.
 */
export function parameterGroups(arch: Architecture, shape: ImageShape): ParameterGroup[] {
  const list = new GroupList();
  addArm(list, arch);
  addIfce(list, arch, shape);
  addUpsampling(list, shape);
  addSynthesis(list, arch, shape);
  return list.groups;
}

/** Number of parameters of a decoder. */
export function parameterCount(groups: readonly ParameterGroup[]): number {
  return groups.reduce((sum, group) => sum + group.length, 0);
}

/** `maxStepBits` of each parameter. */
export function finestStepBits(groups: readonly ParameterGroup[]): number[] {
  return groups.flatMap(({ length, maxStepBits }) => Array<number>(length).fill(maxStepBits));
}

/** The tensor of that name. Throws a `RangeError` if there is none. */
export function findTensor(groups: readonly ParameterGroup[], name: string): Tensor {
  for (const group of groups) {
    const tensor = group.tensors.find((t) => t.name === name);
    if (tensor) return tensor;
  }
  throw new RangeError(`Cannot find tensor: no parameter tensor is named "${name}"`);
}

/** Output channels of each synthesis layer, with 0 replaced by the image's channels. */
export function synthesisWidths(arch: Architecture, shape: ImageShape): number[] {
  return arch.synthesis.map((layer) => layer.outputs || shape.channels);
}

type NamedSize = [name: string, rows: number, cols: number];

class GroupList {
  readonly groups: ParameterGroup[] = [];
  #next = 0;

  add(name: string, module: ModuleName, maxStepBits: number, sizes: readonly NamedSize[]): void {
    const offset = this.#next;
    const tensors = sizes.map(([name, rows, cols]) => {
      const tensor = { name, rows, cols, offset: this.#next };
      this.#next += rows * cols;
      return tensor;
    });
    const length = this.#next - offset;
    if (length > 0) this.groups.push({ name, module, offset, length, maxStepBits, tensors });
  }
}

function addArm(list: GroupList, arch: Architecture): void {
  const inputs = arch.contexts + arch.features;
  const widths = [inputs, ...arch.armLayers.map((layer) => layer.outputs)];
  arch.armLayers.forEach((layer, i) => {
    const name = `arm.${i}.weight`;
    list.add(name, "arm", ARM_STEP_BITS, [[name, layer.outputs, widths[i]]]);
  });
  list.add("arm.out.weight", "arm", ARM_STEP_BITS, [["arm.out.weight", 2, widths.at(-1)!]]);
  if (arch.armStabiliser) list.add("arm.stabiliser", "arm", ARM_STEP_BITS, [["arm.stabiliser", 2, inputs]]);
  const biases = arch.armLayers.map((layer, i): NamedSize => [`arm.${i}.bias`, layer.outputs, 1]);
  list.add("arm.bias", "arm", ARM_STEP_BITS, [...biases, ["arm.out.bias", 2, 1]]);
}

function addIfce(list: GroupList, arch: Architecture, shape: ImageShape): void {
  const weights: NamedSize[] = [];
  const biases: NamedSize[] = [];
  for (let level = 0; level < arch.ifceLevels; level++) {
    const inputs = ifceInputCount(arch, shape, level);
    if (inputs === 0) continue;
    weights.push([`ifce.${level}.weight`, arch.features, inputs]);
    biases.push([`ifce.${level}.bias`, arch.features, 1]);
  }
  list.add("ifce.weight", "ifce", ARM_STEP_BITS, weights);
  list.add("ifce.bias", "ifce", ARM_STEP_BITS, biases);
}

function addUpsampling(list: GroupList, shape: ImageShape): void {
  const steps = shape.topLevel;
  list.add("upsampling.taps", "upsampling", SYNTHESIS_STEP_BITS, [["upsampling.taps", steps, UPSAMPLING_TAPS]]);
  list.add("upsampling.prefilter", "upsampling", SYNTHESIS_STEP_BITS, [[
    "upsampling.prefilter",
    steps,
    PREFILTER_TAPS,
  ]]);
}

function addSynthesis(list: GroupList, arch: Architecture, shape: ImageShape): void {
  const planes = planeCount(arch, shape);
  const widths = synthesisWidths(arch, shape);
  const biases: NamedSize[] = [];
  arch.synthesis.forEach((layer, i) => {
    const inputs = i === 0 ? planes : widths[i - 1];
    const name = `synthesis.${i}.weight`;
    list.add(name, "synthesis", SYNTHESIS_STEP_BITS, [[name, widths[i], inputs * layer.kernel * layer.kernel]]);
    biases.push([`synthesis.${i}.bias`, widths[i], 1]);
  });
  if (arch.synthesisStabiliser) {
    const name = "synthesis.stabiliser";
    list.add(name, "synthesis", SYNTHESIS_STEP_BITS, [[name, shape.channels, planes]]);
  }
  list.add("synthesis.bias", "synthesis", SYNTHESIS_STEP_BITS, biases);
}
