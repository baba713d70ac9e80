/** Random models for tests: every field within its limits, values of plausible and of extreme size. */

import { type Architecture, latentGrids, planeCount, PRESETS } from "../bitstream/architecture.ts";
import { defaultsPreset, hasSynthesisDefaults } from "../bitstream/defaults.ts";
import { parameterCount, type ParameterGroup, parameterGroups } from "../bitstream/parameters.ts";
import type { QuantisedModel } from "../bitstream/quantised_model.ts";
import { MAX_NOISE, MAX_STRENGTH, type Restoration, STRENGTHS } from "../bitstream/restoration.ts";
import { randomInteger, randomLaplace, randomSource } from "./random.ts";

/** What a test fixes about a random model; the rest is drawn. */
export interface RandomModelOptions {
  readonly seed: number;
  readonly width?: number;
  readonly height?: number;
  readonly channels?: number;
  readonly topLevel?: number;
  readonly bitDepth?: number;
  readonly streams?: number;
  readonly architecture?: Architecture;
  /** Position in the tables of learned defaults, where the architecture has some; default: none. */
  readonly defaults?: number;
  /** Whether the synthesis has defaults too, in a picture of three channels; default false. */
  readonly synthesisDefaults?: boolean;
  /** Whether fields of groups are coded around learned ones, where there are defaults; default false. */
  readonly learnedFields?: boolean;
  /** Whether there is a restoration filter; default false. */
  readonly restoration?: boolean;
  /** Values from all over their ranges instead of plausible ones. */
  readonly extreme?: boolean;
}

/** A model that depends on the options only. */
export function randomModel(options: RandomModelOptions): QuantisedModel {
  const random = randomSource(options.seed);
  const integer = (low: number, high: number) => randomInteger(random, low, high);
  const shape = {
    width: options.width ?? integer(1, 24),
    height: options.height ?? integer(1, 24),
    channels: options.channels ?? drawChannels(random()),
    topLevel: options.topLevel ?? integer(0, 5),
  };
  const architecture = options.architecture ?? randomArchitecture(random, shape);
  const groups = parameterGroups(architecture, shape);
  const extreme = options.extreme ?? false;
  const model = {
    shape,
    architecture,
    bitDepth: options.bitDepth ?? integer(8, 16),
    fixedPoint: { planeBits: integer(4, 13), layerBits: architecture.synthesis.slice(1).map(() => integer(4, 13)) },
    stepBits: groups.map(({ maxStepBits }) => extreme ? integer(0, maxStepBits) : maxStepBits - integer(0, 3)),
    parameters: randomParameters(random, groups, extreme),
    grids: latentGrids(architecture, shape).map(({ width, height }) =>
      Int16Array.from({ length: width * height }, () => {
        const b = extreme ? 300 : 0.7;
        return extreme && random() < 0.02 ? integer(-32768, 32767) : randomLaplace(random, b);
      })
    ),
    streams: options.streams ?? integer(1, 4),
    restoration: options.restoration ? randomRestoration(options.seed) : undefined,
    defaults: defaultsPreset(architecture) && options.defaults !== undefined
      ? {
        position: options.defaults,
        synthesis: (options.synthesisDefaults ?? false) && hasSynthesisDefaults(architecture, shape),
        fields: options.learnedFields ?? false,
      }
      : undefined,
  };
  return model.defaults?.fields ? { ...model, stepBits: stepsOfUsed(model, groups) } : model;
}

/** Learned fields say nothing of the step of a group of zeros: it is the finest one. */
function stepsOfUsed({ stepBits, parameters }: QuantisedModel, groups: readonly ParameterGroup[]): number[] {
  return groups.map(({ offset, length, maxStepBits }, g) =>
    parameters.subarray(offset, offset + length).some((value) => value !== 0) ? stepBits[g] : maxStepBits
  );
}

/** Drawn on its own: the seeds of models without one give what they always gave. */
function randomRestoration(seed: number): Restoration {
  const random = randomSource(seed);
  return {
    noise: randomInteger(random, 1, random() < 0.2 ? MAX_NOISE : 40),
    strengths: Array.from({ length: STRENGTHS }, () => randomInteger(random, 0, MAX_STRENGTH)),
  };
}

/** Mostly RGB. The bounds keep seeds of before there was alpha at their sizes. */
function drawChannels(draw: number): number {
  if (draw < 0.3) return draw < 0.07 ? 2 : 1;
  return draw > 0.9 ? 4 : 3;
}

function randomParameters(random: () => number, groups: readonly ParameterGroup[], extreme: boolean): Int32Array {
  const parameters = new Int32Array(parameterCount(groups));
  for (const { offset, length } of groups) {
    if (random() < 0.1) continue;
    const b = extreme ? 10 ** (4 * random()) : 40 * random();
    for (let i = 0; i < length; i++) {
      parameters[offset + i] = Math.max(-32768, Math.min(32767, randomLaplace(random, b)));
    }
  }
  return parameters;
}

/** A preset, or an architecture with random sizes. */
export function randomArchitecture(random: () => number, shape: { channels: number; topLevel: number }): Architecture {
  const kind = randomInteger(random, 0, 5);
  if (kind < 3) return [PRESETS.lop, PRESETS.mop, PRESETS.hop][kind];
  const integer = (low: number, high: number) => randomInteger(random, low, high);
  const flag = () => random() < 0.5;
  const [contexts, features] = [integer(1, 40), integer(0, 16)];
  let width = contexts + features;
  const armLayers = Array.from({ length: integer(0, 3) }, () => {
    const outputs = flag() ? width : integer(1, 24);
    const residual = outputs === width && flag();
    width = outputs;
    return { outputs, residual };
  });
  const [hyperFirstLevel, hyperPlanes] = [integer(0, 7), integer(0, 4)];
  let planes = planeCount({ hyperFirstLevel, hyperPlanes }, shape);
  const count = integer(1, 4);
  const synthesis = Array.from({ length: count }, (_, l) => {
    const last = l === count - 1;
    const outputs = last || flag() ? 0 : integer(1, 12);
    const residual = (outputs || shape.channels) === planes && flag();
    planes = outputs || shape.channels;
    return { outputs, kernel: flag() ? 3 as const : 1 as const, residual, relu: !last && flag() };
  });
  return {
    contexts,
    features,
    ifceLevels: integer(0, 6),
    ifceReach: integer(0, 3),
    armLayers,
    armStabiliser: flag(),
    hyperFirstLevel,
    hyperPlanes,
    synthesis,
    synthesisStabiliser: flag(),
  };
}
