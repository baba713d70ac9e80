/** Every kernel program of the codec as a one-call graph with random data: the material of all back-end tests. */

import { type Architecture, PRESETS } from "../../bitstream/architecture.ts";
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
} from "../../codec/programs.ts";
import { synthesisStages } from "../../codec/training_graph.ts";
import type { Call, Graph, Plane } from "../../kernels/graph.ts";
import type { Program, Scalars } from "../../kernels/program.ts";
import { createReferenceState, type ReferenceState } from "../../kernels/reference/state.ts";
import { randomSource } from "../random.ts";
import { SMALL_DECODER } from "../small_decoder.ts";

/** A program to test: `graph.body` is its one call. */
export interface ProgramCase {
  readonly name: string;
  readonly graph: Graph;
}

/** Scalars with every effect switched on. */
export const TEST_SCALARS: Scalars = {
  temperature: 0.3,
  noise: 0.2,
  noiseKey: 0xdeadbeef,
  rateWeight: 0.7,
  distortionWeight: 1.3,
};

/** Width and height of the sites of each program: odd, and one row, and one column. */
export const TEST_SIZES: readonly (readonly [number, number])[] = [[5, 3], [7, 1], [1, 6]];

/** Every program of every preset, at each size of sites. */
export function programCases(sizes = TEST_SIZES): ProgramCase[] {
  return sizes.flatMap((size) => allPrograms().map(([name, program]) => programCase(name, program, size)));
}

function allPrograms(): [string, Program][] {
  const programs: [string, Program][] = [
    ["softQuantise", softQuantiseProgram()],
    ["hardQuantise", hardQuantiseProgram()],
    ["ifce, one grid", ifceProgram(2, [0], [])],
    ["ifce, many grids", ifceProgram(4, [0, 1, 2, 2, 3], [])],
    ["ifce with a window", ifceProgram(3, [0, 0, 1], [[-1, -1], [-1, 0], [0, 1], [1, -1], [1, 1]])],
    ["upsampleX", upsampleProgram("x")],
    ["upsampleY", upsampleProgram("y")],
    ["prefilterX", prefilterXProgram()],
    ["prefilterY", prefilterYProgram()],
    ["distortion", distortionProgram(3)],
    ["distortion gray", distortionProgram(1)],
  ];
  for (const [preset, arch] of Object.entries({ ...PRESETS, small: SMALL_DECODER })) {
    programs.push([`arm ${preset}`, armProgram(arch, true)]);
    programs.push([`arm ${preset} without features`, armProgram(arch, false)]);
    programs.push(...synthesisPrograms(preset, arch, 3));
  }
  programs.push(...synthesisPrograms("small gray", SMALL_DECODER, 1));
  return programs;
}

function synthesisPrograms(name: string, { synthesis }: Architecture, channels: number): [string, Program][] {
  const planes = 4;
  const widths = synthesis.map((layer) => layer.outputs || channels);
  return synthesisStages(synthesis).map(([first, end], stage) => {
    const inputs = first === 0 ? planes : widths[first - 1];
    const stabiliserPlanes = end === synthesis.length ? planes : 0;
    const layers = synthesis.slice(first, end);
    return [
      `synthesis ${name} stage ${stage}`,
      synthesisProgram(inputs, layers, widths.slice(first, end), stabiliserPlanes),
    ];
  });
}

/** A program as a one-call graph with sites of the given width and height. */
export function programCase(name: string, program: Program, [width, height]: readonly [number, number]): ProgramCase {
  const planes = program.planes.map((slot, i): Plane => ({
    name: slot.name,
    ...planeSize(program, i, { width, height }),
    gradient: slot.gradient,
  }));
  let parameterCount = 3; // Not 0: an offset that is ignored shows.
  const parameters = program.parameters.map(({ length }) => (parameterCount += length) - length);
  const noise = { noiseBase: 11, noiseShare: 0.75 };
  const call: Call = { program, width, height, planes: planes.map((_, i) => i), parameters, ...noise };
  const graph = { planes, parameterCount, matrices: [], latents: [], softQuantise: [], hardQuantise: [], body: [call] };
  return { name: `${name} at ${width}x${height}`, graph };
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** The size of a plane as in a training graph; the finer plane of an odd size lacks the last of two positions. */
function planeSize(program: Program, slot: number, { width, height }: Size): Size {
  for (const op of program.ops) {
    if (op.kind === "store" && op.planes.includes(slot)) {
      return {
        width: op.spread === "x" ? 2 * width - width % 2 : width,
        height: op.spread === "y" ? 2 * height - height % 2 : height,
      };
    }
    const tap = op.kind === "gather" && op.taps.find(({ plane }) => plane === slot);
    if (tap) return { width: Math.ceil(width / 2 ** tap.shift), height: Math.ceil(height / 2 ** tap.shift) };
  }
  throw new RangeError(`Cannot size plane ${slot} of ${program.name}: no operation uses it`);
}

/** A state of random numbers; stored planes get a random gradient, as if a later program had asked for it. */
export function randomState(graph: Graph, seed: number): ReferenceState {
  const random = randomSource(seed);
  const state = createReferenceState(graph);
  graph.planes.forEach((plane, i) => {
    const isImage = plane.name.startsWith("image");
    for (let j = 0; j < state.values[i].length; j++) {
      // A tenth of the samples is white of 16 bits, which is above that of 8.
      state.values[i][j] = Math.fround(isImage ? Math.min(65535 / 65536, 1.1 * random()) : 3 * (random() - 0.5));
    }
  });
  for (const { program, planes } of graph.body) {
    for (const op of program.ops) {
      if (op.kind !== "store") continue;
      for (const slot of op.planes) fillUniform(state.gradients[planes[slot]], random, 1);
    }
  }
  fillUniform(state.parameters, random, 0.6);
  return state;
}

function fillUniform(values: Float64Array, random: () => number, radius: number): void {
  for (let i = 0; i < values.length; i++) values[i] = Math.fround(radius * (2 * random() - 1));
}
