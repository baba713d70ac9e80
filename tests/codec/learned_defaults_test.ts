/** Training from learned defaults: where it starts, what it is pulled to, and what the file holds. */

import { assert, assertAlmostEquals, assertEquals, assertNotEquals } from "@std/assert";
import { type ImageShape, type PresetName, PRESETS } from "../../bitstream/architecture.ts";
import { defaultParameters, learnedCount } from "../../bitstream/defaults.ts";
import { findTensor, parameterGroups } from "../../bitstream/parameters.ts";
import { readModel } from "../../bitstream/read.ts";
import { encode } from "../../codec/encode.ts";
import { readInfo } from "../../codec/info.ts";
import { initialParameters } from "../../codec/initial_parameters.ts";
import {
  chooseDefaults,
  costlyParameters,
  differenceBounds,
  positionAt,
  type SizeAndDetail,
  usesDefaults,
} from "../../codec/learned_defaults.ts";
import { lossBits, networkBits } from "../../codec/model_cost.ts";
import type { EncodeOptions } from "../../codec/options.ts";
import { parameterGroupCostBits, type PricedGroup } from "../../codec/parameter_cost.ts";
import { priorAt } from "../../codec/parameter_prior.ts";
import { quantiseParameters } from "../../codec/quantise_parameters.ts";
import { refineParameters } from "../../codec/refine_parameters.ts";
import { evaluationScalars } from "../../codec/schedule.ts";
import { firstLambda } from "../../codec/target.ts";
import { train } from "../../codec/train.ts";
import { buildTrainingGraph } from "../../codec/training_graph.ts";
import { ReferenceExecutor } from "../../kernels/reference/executor.ts";
import { TINY_SHAPE } from "./reference_training.ts";

/** All but those of the synthesis. */
const PARTIAL = { position: 11, synthesis: false, fields: true };
const ALL = { position: 11, synthesis: true, fields: true };
const OPTIONS = { iterations: 60, lambda: 1e-3, seed: 1, channels: 3, pixels: 120 };
const SCALARS = evaluationScalars(OPTIONS);

/** `lop` before its first iteration, at its defaults, on a horizontal ramp. */
async function started(choice = PARTIAL) {
  const training = buildTrainingGraph(PRESETS.lop, TINY_SHAPE, { defaults: choice });
  const { graph, groups, defaults } = training;
  const executor = new ReferenceExecutor(graph);
  const mean = [0.5, 0.4, 0.3];
  const initial = { groups, seed: 1, mean, defaults, synthesisDefaults: choice.synthesis };
  const parameters = initialParameters(PRESETS.lop, TINY_SHAPE, initial);
  await executor.writeParameters(parameters);
  for (const plane of training.image) {
    await executor.writePlane(plane, Float32Array.from({ length: 120 }, (_, i) => (i % 12) / 14));
  }
  return { executor, groups, defaults: defaults!, parameters, mean };
}

Deno.test("positionAt() is linear in the logarithm of lambda, from row to row", () => {
  assertEquals([0.0005, 0.003, 0.018].map(positionAt), [0, 16, 32]);
  assertEquals(positionAt(Math.sqrt(0.0005 * 0.003)), 8);
  assertEquals([1e-6, 1].map(positionAt), [0, 32]);
});

/** A smooth picture. */
const SMOOTH_SHAPE = { ...TINY_SHAPE, detail: 0.001 };

Deno.test("chooseDefaults() goes by lambda, or the first one of a target; other decoders have none", () => {
  const settings = { lambda: 0.003, iterations: 600 };
  const positionOf = (change: object) =>
    chooseDefaults(PRESETS.mop, SMOOTH_SHAPE, { ...settings, ...change })?.position;
  assertEquals(positionOf({}), 16);
  assertEquals(positionOf({ without: ["learnedDefaults"] }), undefined);
  assertEquals(chooseDefaults({ ...PRESETS.mop, contexts: 9 }, SMOOTH_SHAPE, settings), undefined);
  const target = { kind: "bytes", bytes: 40 } as const;
  const parameters = costlyParameters(parameterGroups(PRESETS.mop, TINY_SHAPE), { learned: true });
  const expected = positionAt(firstLambda(target, { pixels: 120, parameters }));
  assertEquals(positionOf({ target }), expected);
});

Deno.test("chooseDefaults() has those of the synthesis for small smooth pictures in colour", () => {
  const settings = { lambda: 0.003, iterations: 600 };
  const hasSynthesis = (preset: PresetName, change: Partial<SizeAndDetail>) =>
    chooseDefaults(PRESETS[preset], { ...SMOOTH_SHAPE, ...change }, settings)?.synthesis;
  assertEquals((["lop", "mop", "hop", "vhop"] as const).map((preset) => hasSynthesis(preset, {})), [
    true,
    true,
    false,
    undefined,
  ]);
  assertEquals([{ channels: 1 }, { channels: 4 }].map((change) => hasSynthesis("lop", change)), [false, false]);
  const without = { ...settings, without: ["synthesisDefaults"] } as const;
  assertEquals(chooseDefaults(PRESETS.lop, SMOOTH_SHAPE, without), { position: 16, synthesis: false, fields: true });
  const plain = { ...settings, without: ["synthesisDefaults", "learnedFields"] } as const;
  assertEquals(chooseDefaults(PRESETS.lop, SMOOTH_SHAPE, plain), { position: 16, synthesis: false, fields: false });
  assertEquals([{ detail: 0.006 }, { detail: 0.0061 }].map((change) => hasSynthesis("mop", change)), [true, false]);
  const uses = (preset: PresetName, [width, height]: [number, number], lambda: number) =>
    chooseDefaults(PRESETS[preset], { ...SMOOTH_SHAPE, width, height }, { ...settings, lambda })?.synthesis;
  // Up to 2^23 lambda pixels, and 2^15 (lop) or 2^17 (mop).
  assertEquals([uses("mop", [128, 64], 2 ** -10), uses("mop", [129, 64], 2 ** -10)], [true, false]);
  assertEquals([uses("lop", [256, 128], 0.1), uses("lop", [257, 128], 0.1)], [true, false]);
  assertEquals([uses("mop", [512, 256], 0.1), uses("mop", [513, 256], 0.1)], [true, false]);
});

Deno.test("usesDefaults() in small pictures, and in large ones for short trainings of mop", () => {
  const [small, large] = [{ ...TINY_SHAPE, width: 256, height: 512 }, { ...TINY_SHAPE, width: 257, height: 512 }];
  const uses = (preset: PresetName, shape: ImageShape, iterations: number) =>
    usesDefaults(PRESETS[preset], shape, { iterations });
  assertEquals((["lop", "mop", "hop"] as const).map((preset) => uses(preset, small, 100_000)), [true, true, true]);
  assertEquals([uses("mop", large, 1000), uses("mop", large, 1001)], [true, false]);
  assertEquals([uses("lop", large, 1), uses("hop", large, 1), uses("vhop", small, 1)], [false, false, false]);
});

Deno.test("costlyParameters() counts parameters with defaults for less than others", () => {
  const groups = parameterGroups(PRESETS.mop, TINY_SHAPE);
  const [all, learned] = [false, true].map((learned) => costlyParameters(groups, { learned }));
  assertEquals(all, defaultParameters(PRESETS.mop, TINY_SHAPE, undefined).length);
  assertAlmostEquals(all - learned, learnedCount(groups) / 2, 1e-9);
});

Deno.test("a training starts at the defaults of ARM, IFCE and upsampling, and anew in its synthesis", async () => {
  const { groups, defaults, parameters, mean } = await started();
  const integers = defaultParameters(PRESETS.lop, TINY_SHAPE, PARTIAL);
  for (const { module, offset, length, maxStepBits } of groups) {
    for (let i = offset; i < offset + length; i++) assertEquals(defaults[i], integers[i] * 2 ** -maxStepBits);
    if (module === "synthesis") assert(defaults.subarray(offset, offset + length).every((value) => value === 0));
  }
  const learned = learnedCount(groups);
  assertEquals(parameters.subarray(0, learned), defaults.subarray(0, learned));
  const fresh = initialParameters(PRESETS.lop, TINY_SHAPE, { groups, seed: 1, mean });
  assertEquals(parameters.subarray(learned), fresh.subarray(learned));
  assertNotEquals(parameters.subarray(0, learned), fresh.subarray(0, learned));
});

Deno.test("a training starts at all defaults where the synthesis has some too, but at the picture's own mean", async () => {
  const { groups, defaults, parameters, mean } = await started(ALL);
  const partial = await started();
  const learned = learnedCount(groups);
  assertEquals(defaults.subarray(0, learned), partial.defaults.subarray(0, learned));
  assert(defaults.subarray(learned).some((value) => value !== 0));
  const { offset, rows } = findTensor(groups, "synthesis.1.bias");
  const moved = mean.map((value) => value - 0.5);
  assertEquals(rows, moved.length);
  parameters.forEach((value, i) =>
    assertAlmostEquals(value, defaults[i] + (moved[i - offset] ?? 0), 1e-6, `parameter ${i}`)
  );
});

Deno.test("priorAt() pulls towards the defaults, the less the farther a group is from them", async () => {
  const { groups, defaults } = await started();
  const [near, far] = [0, 0.25].map((distance) =>
    priorAt(groups, defaults.map((value, i) => value + (i % 2 ? distance : -distance)), { defaults })
  );
  assertEquals(near.centre, defaults);
  const at = groups[0].offset;
  assertAlmostEquals(1 / far.weight[at] - 1 / near.weight[at], 0.25 * Math.LN2, 1e-4);
});

Deno.test("no difference from the defaults costs a group its fields and nothing more", async () => {
  const { groups, defaults } = await started();
  const zeros = (length: number) => new Int32Array(length);
  const plain = groups.map((group) => ({ ...group, expected: undefined }));
  const bits = (all: readonly PricedGroup[]) => networkBits(all, defaults, groups.map(() => 7), defaults);
  assertEquals(bits(plain), plain.reduce((sum, { length }) => sum + parameterGroupCostBits(zeros(length)), 0));
  const learned = groups.map(({ length, expected }) => parameterGroupCostBits(zeros(length), 7, expected));
  assertEquals(bits(groups), learned.reduce((sum, bits) => sum + bits));
  assert(bits(groups) < bits(plain));
});

Deno.test("quantiseParameters() gives differences from the defaults, refineParameters() moves those", async () => {
  const { executor, groups, defaults } = await started();
  await train(executor, OPTIONS, {});
  const quantised = await quantiseParameters(executor, groups, { scalars: SCALARS, defaults });
  const floatsOf = () =>
    Float32Array.from(groups.flatMap(({ offset, length }, g) =>
      Array.from(
        { length },
        (_, i) => Math.fround(defaults[offset + i] + quantised.parameters[offset + i] * 2 ** -quantised.stepBits[g]),
      )
    ));
  assertEquals(await executor.readParameters(), floatsOf());
  assert(quantised.parameters.some((value) => value !== 0) && quantised.parameters.some((value) => value === 0));
  // Something to mend: every bias of the synthesis a step off.
  const { offset, length } = groups.at(-1)!;
  for (let i = offset; i < offset + length; i++) quantised.parameters[i] += 1;
  await executor.writeParameters(floatsOf());
  const cost = async () =>
    lossBits(await executor.evaluate(SCALARS), SCALARS) +
    networkBits(groups, await executor.readParameters(), quantised.stepBits, defaults);
  const before = await cost();
  const options = { scalars: SCALARS, defaults, evaluations: 120, seed: 3 };
  const saved = await refineParameters(executor, groups, quantised, options);
  assert(saved > 1, `saved ${saved}`);
  assertEquals(await executor.readParameters(), floatsOf());
  assertAlmostEquals(before - await cost(), saved, 1e-3);
});

Deno.test("differenceBounds() leave room for the furthest default, but for biases, which are not clamped", async () => {
  const { groups, defaults } = await started();
  const taps = groups.find(({ name }) => name === "upsampling.taps")!;
  const largest = Math.max(...defaults.subarray(taps.offset, taps.offset + taps.length).map(Math.abs)) * 4096;
  assert(largest > 2000 && largest < 8000, `${largest}`);
  const room = 32768 - largest;
  const bounds = (stepBits: number) => differenceBounds(taps, taps.tensors[0], { stepBits, defaults });
  assertEquals(bounds(12), [-room, room - 1]);
  assertEquals(bounds(9), [-Math.floor(room / 8), Math.floor((room - 1) / 8)]);
  const [weight, bias] = ["arm.0.weight", "arm.bias"].map((name) => groups.find((group) => group.name === name)!);
  assertEquals(differenceBounds(weight, weight.tensors[0], { stepBits: 8, defaults: undefined }), [-32768, 32767]);
  assertEquals(differenceBounds(bias, bias.tensors[0], { stepBits: 4, defaults }), [-32768, 32767]);
});

Deno.test("encode() writes differences from the defaults of its lambda, or none where they are left out", async () => {
  const data = Uint8Array.from({ length: 24 * 20 * 3 }, (_, i) => 128 + 90 * Math.sin(Math.floor(i / 3) % 24 / 8));
  const image = { width: 24, height: 20, channels: 3, bitDepth: 8, data };
  const quick: EncodeOptions = { preset: "lop", iterations: 30, device: "cpu", threads: 1, lambda: 0.003 };
  const made = async (options: EncodeOptions) => {
    const { bytes } = await encode(image, { ...quick, ...options });
    return { bytes, model: readModel(bytes).model, info: readInfo(bytes) };
  };
  const [learned, without, own] = [
    await made({}),
    await made({ without: ["learnedDefaults"] }),
    await made({ architecture: { ...PRESETS.lop, hyperPlanes: 1 } }),
  ];
  const all = { position: 16, synthesis: true, fields: true };
  assertEquals([learned, without, own].map(({ model }) => model.defaults), [all, undefined, undefined]);
  assertEquals([learned, without, own].map(({ info }) => info.learnedDefaults), [true, false, false]);
  assert(learned.bytes.length < without.bytes.length, `${learned.bytes.length} of ${without.bytes.length} bytes`);
});
