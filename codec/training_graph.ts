/** Turns an architecture and an image into the graph of kernel calls that trains it. */

import {
  type Architecture,
  ifceInputs,
  ifceWindow,
  type ImageShape,
  type LatentGrid,
  latentGrids,
  levelSize,
  synthesisedGrids,
  type SynthesisLayer,
} from "../bitstream/architecture.ts";
import { defaultParameters, type DefaultValues, type LearnedDefaults } from "../bitstream/defaults.ts";
import { expectedFields } from "../bitstream/group_fields.ts";
import {
  findTensor,
  finestStepBits,
  parameterCount,
  type ParameterGroup,
  parameterGroups,
  PREFILTER_TAPS,
  synthesisWidths,
  UPSAMPLING_TAPS,
} from "../bitstream/parameters.ts";
import type { Call, Graph, Plane, PlaneId } from "../kernels/graph.ts";
import type { MatrixShape } from "../kernels/soap.ts";
import type { Program } from "../kernels/program.ts";
import { EVEN_NOISE, type NoiseShares, shareOf } from "./noise_shares.ts";
import type { PricedGroup } from "./parameter_cost.ts";
import {
  armProgram,
  distortionProgram,
  hardQuantiseProgram,
  ifceProgram,
  prefilterXProgram,
  prefilterYProgram,
  softQuantiseProgram,
  synthesisProgram,
  upsampleProgram,
} from "./programs.ts";

/** A graph with the planes that the trainer fills and reads. */
export interface TrainingGraph {
  readonly graph: Graph;
  readonly groups: readonly PricedGroup[];
  /** Learned defaults of all parameters, as values: where they start and what they are coded against, if there are any. */
  readonly defaults: Float32Array | undefined;
  /** Shares of the noise that its latents have. */
  readonly noiseShares: NoiseShares;
  /** Latents before quantisation, in the order of `latentGrids`. */
  readonly latents: readonly PlaneId[];
  /** Quantised latents, in the order of `latentGrids`. */
  readonly quantised: readonly PlaneId[];
  /** The image's planes, in units of 2^-bitDepth. */
  readonly image: readonly PlaneId[];
  /** Upsampled planes at image resolution, in the order of `synthesisedGrids`. */
  readonly upsampled: readonly PlaneId[];
  /** Outputs of the synthesis layers that end a stage, by layer index. */
  readonly stageOutputs: readonly (readonly PlaneId[])[];
  /** Those of the last one: what the decoder makes of the picture, in units of 2^-bitDepth. */
  readonly output: readonly PlaneId[];
}

/** What is trained beside architecture and shape. */
export interface TrainingGraphOptions {
  /** Whether SOAP or Adam optimises the parameters; default: SOAP. */
  readonly soap?: boolean;
  /** Learned defaults; default: there are none. */
  readonly defaults?: LearnedDefaults | undefined;
  /** Shares of the noise; default: the same at all levels. */
  readonly noiseShares?: NoiseShares | undefined;
}

/** Learned defaults of all parameters, as values. */
export function defaultValues(arch: Architecture, shape: ImageShape, defaults: DefaultValues): Float32Array {
  const bits = finestStepBits(parameterGroups(arch, shape));
  return Float32Array.from(defaultParameters(arch, shape, defaults), (value, i) => value * 2 ** -bits[i]);
}

/** Builds the graph. Body order: IFCE, prefilters, upsampling, synthesis up to the loss, ARM. */
export function buildTrainingGraph(
  arch: Architecture,
  shape: ImageShape,
  { soap = true, defaults, noiseShares = EVEN_NOISE }: TrainingGraphOptions = {},
): TrainingGraph {
  const training = new GraphBuilder(arch, shape, { defaults, noiseShares }).build();
  return soap ? training : { ...training, graph: { ...training.graph, matrices: [] } };
}

interface Size {
  readonly width: number;
  readonly height: number;
}

class GraphBuilder {
  readonly #arch: Architecture;
  readonly #shape: ImageShape;
  readonly #groups: readonly PricedGroup[];
  readonly #defaults: Float32Array | undefined;
  readonly #planes: Plane[] = [];
  readonly #body: Call[] = [];
  readonly #stageOutputs: PlaneId[][] = [];
  readonly #noiseShares: NoiseShares;

  constructor(
    arch: Architecture,
    shape: ImageShape,
    { defaults, noiseShares }: Pick<TrainingGraphOptions, "defaults"> & { noiseShares: NoiseShares },
  ) {
    this.#noiseShares = noiseShares;
    this.#arch = arch;
    this.#shape = shape;
    const expected = expectedFields(arch, defaults);
    this.#groups = parameterGroups(arch, shape).map((group, g) => ({ ...group, expected: expected?.[g] }));
    this.#defaults = defaults && defaultValues(arch, shape, defaults);
  }

  build(): TrainingGraph {
    const grids = latentGrids(this.#arch, this.#shape);
    const name = (i: number) => `${grids[i].hyper ? "hyper" : "grid"}${grids[i].level}`;
    const latents = grids.map((grid, i) => this.#plane(`latent.${name(i)}`, grid));
    const quantised = grids.map((grid, i) => this.#plane(`quantised.${name(i)}`, grid));
    const features = this.#addIfce(quantised);
    const upsampled = this.#addUpsampling(quantised);
    const output = this.#addSynthesis(upsampled);
    const image = this.#addDistortion(output);
    this.#addArm(quantised, features);
    const graph = {
      planes: this.#planes,
      parameterCount: parameterCount(this.#groups),
      matrices: soapMatrices(this.#groups),
      latents,
      softQuantise: this.#quantise(softQuantiseProgram(), grids, { latents, quantised }),
      hardQuantise: this.#quantise(hardQuantiseProgram(), grids, { latents, quantised }),
      body: this.#body,
    };
    const [groups, defaults, stageOutputs] = [this.#groups, this.#defaults, this.#stageOutputs];
    const noiseShares = this.#noiseShares;
    return { graph, groups, defaults, latents, quantised, image, upsampled, stageOutputs, output, noiseShares };
  }

  #plane(name: string, { width, height }: Size, gradient = true): PlaneId {
    return this.#planes.push({ name, width, height, gradient }) - 1;
  }

  #call(program: Program, { width, height }: Size, planes: PlaneId[], parameters: number[] = []): void {
    this.#body.push({ program, width, height, planes, parameters, noiseBase: 0, noiseShare: 1 });
  }

  #offset(tensor: string): number {
    return findTensor(this.#groups, tensor).offset;
  }

  #levelSize(level: number): Size {
    return { width: levelSize(this.#shape.width, level), height: levelSize(this.#shape.height, level) };
  }

  #quantise(
    program: Program,
    grids: readonly LatentGrid[],
    { latents, quantised }: Pick<TrainingGraph, "latents" | "quantised">,
  ): Call[] {
    let noiseBase = 0;
    return grids.map(({ level, width, height }, i) => {
      const noise = { noiseBase, noiseShare: shareOf(this.#noiseShares, level) };
      const call = { program, width, height, planes: [latents[i], quantised[i]], parameters: [], ...noise };
      noiseBase += width * height;
      return call;
    });
  }

  /** Returns the feature planes of each level that has an IFCE. */
  #addIfce(quantised: readonly PlaneId[]): PlaneId[][] {
    const grids = latentGrids(this.#arch, this.#shape);
    const features: PlaneId[][] = [];
    for (let level = 0; level < this.#arch.ifceLevels; level++) {
      const inputs = ifceInputs(this.#arch, this.#shape, level);
      if (inputs.length === 0) continue;
      const size = this.#levelSize(level + 1);
      const outputs = Array.from(
        { length: this.#arch.features },
        (_, i) => this.#plane(`feature${level}.${i}`, size),
      );
      const shifts = inputs.map((grid) => grids[grid].level - level - 1);
      const program = ifceProgram(outputs.length, shifts, ifceWindow(this.#arch));
      const parameters = [this.#offset(`ifce.${level}.weight`), this.#offset(`ifce.${level}.bias`)];
      this.#call(program, size, [...inputs.map((grid) => quantised[grid]), ...outputs], parameters);
      features[level] = outputs;
    }
    return features;
  }

  #addArm(quantised: readonly PlaneId[], features: readonly PlaneId[][]): void {
    const withFeatures = armProgram(this.#arch, true);
    const without = armProgram(this.#arch, false);
    const parameters = withFeatures.parameters.map((slot) => this.#offset(`arm.${slot.name}`));
    // Fine grids first: the longest tasks start first.
    const grids = latentGrids(this.#arch, this.#shape);
    for (let i = grids.length - 1; i >= 0; i--) {
      const inputs = grids[i].hyper ? undefined : features[grids[i].level];
      const planes = [quantised[i], ...(inputs ?? [])];
      this.#call(inputs ? withFeatures : without, grids[i], planes, parameters);
    }
  }

  /** Returns the planes at image resolution, finest level first. */
  #addUpsampling(quantised: readonly PlaneId[]): PlaneId[] {
    const own = synthesisedGrids(this.#arch, this.#shape).map((grids) => grids.map((grid) => quantised[grid]));
    const filtered = this.#addPrefilters(own);
    const top = this.#shape.topLevel;
    let planes = own[top];
    const programs = { y: upsampleProgram("y"), x: upsampleProgram("x") };
    for (let level = top - 1; level >= 0; level--) {
      const fine = this.#levelSize(level);
      const parameters = [this.#offset("upsampling.taps") + (top - 1 - level) * UPSAMPLING_TAPS];
      const halves = planes.map((coarse) => {
        const coarseSize = this.#planes[coarse];
        const half = this.#plane(`half${level}`, { width: coarseSize.width, height: fine.height });
        this.#call(programs.y, coarseSize, [coarse, half], parameters);
        return half;
      });
      planes = halves.map((half) => {
        const output = this.#plane(`upsampled${level}`, fine);
        this.#call(programs.x, this.#planes[half], [half, output], parameters);
        return output;
      });
      planes.unshift(...filtered[level]);
    }
    return planes;
  }

  /** Returns, by level, the pre-filtered grids below the top. */
  #addPrefilters(own: readonly (readonly PlaneId[])[]): PlaneId[][] {
    const programs = { y: prefilterYProgram(), x: prefilterXProgram() };
    const taps = (level: number) => [this.#offset("upsampling.prefilter") + level * PREFILTER_TAPS];
    const below = own.slice(0, this.#shape.topLevel);
    const halves = below.map((grids, level) =>
      grids.map((grid) => {
        const half = this.#plane(`prefiltered${level}`, this.#planes[grid]);
        this.#call(programs.y, this.#planes[grid], [grid, half], taps(level));
        return half;
      })
    );
    return below.map((grids, level) =>
      grids.map((grid, i) => {
        const output = this.#plane(`filtered${level}`, this.#planes[grid]);
        this.#call(programs.x, this.#planes[grid], [halves[level][i], grid, output], taps(level));
        return output;
      })
    );
  }

  /** Returns the planes of the output, after all stages. */
  #addSynthesis(upsampled: readonly PlaneId[]): PlaneId[] {
    const { synthesis, synthesisStabiliser } = this.#arch;
    const widths = synthesisWidths(this.#arch, this.#shape);
    let inputs: readonly PlaneId[] = upsampled;
    for (const [first, end] of synthesisStages(synthesis)) {
      const layers = synthesis.slice(first, end);
      const parameters = layers.flatMap((_, i) => [
        this.#offset(`synthesis.${first + i}.weight`),
        this.#offset(`synthesis.${first + i}.bias`),
      ]);
      const stageWidths = widths.slice(first, end);
      const direct = synthesisStabiliser && end === synthesis.length ? upsampled : [];
      if (direct.length > 0) parameters.push(this.#offset("synthesis.stabiliser"));
      const program = synthesisProgram(inputs.length, layers, stageWidths, direct.length);
      const outputs = Array.from(
        { length: stageWidths.at(-1)! },
        (_, i) => this.#plane(`synthesis${end - 1}.${i}`, this.#shape),
      );
      this.#call(program, this.#shape, [...inputs, ...direct, ...outputs], parameters);
      this.#stageOutputs[end - 1] = outputs;
      inputs = outputs;
    }
    return [...inputs];
  }

  /** Returns the planes for the image. */
  #addDistortion(output: readonly PlaneId[]): PlaneId[] {
    const image = output.map((_, i) => this.#plane(`image${i}`, this.#shape, false));
    this.#call(distortionProgram(image.length), this.#shape, [...output, ...image]);
    return image;
  }
}

/** What SOAP optimises: every tensor; a bias is a matrix of one column, the filters of all levels are one matrix. */
function soapMatrices(groups: readonly ParameterGroup[]): MatrixShape[] {
  return groups.flatMap(({ tensors }) => tensors).filter(({ rows, cols }) => rows * cols > 1)
    .map(({ offset, rows, cols }) => ({ offset, rows, cols }));
}

/** Splits the synthesis before every 3x3 layer: ranges [first, end) of layers that run as one program. */
export function synthesisStages(layers: readonly SynthesisLayer[]): [number, number][] {
  const starts = layers.map((_, i) => i).filter((i) => i === 0 || layers[i].kernel === 3);
  return starts.map((first, k) => [first, starts[k + 1] ?? layers.length]);
}
