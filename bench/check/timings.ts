/**
 * Times of the codec's main parts as multiples of a calibration loop that is timed in the same run: what is left is a property of
 * the program more than of the machine.
 */

import { PRESET_NAMES, type PresetName, PRESETS } from "../../bitstream/architecture.ts";
import { DEFAULT_LIMITS } from "../../bitstream/limits.ts";
import { readModel } from "../../bitstream/read.ts";
import { writeModel } from "../../bitstream/write.ts";
import { initialParameters } from "../../codec/initial_parameters.ts";
import { integerBackend } from "../../codec/integer_backend.ts";
import { trainingStep } from "../../codec/schedule.ts";
import { buildTrainingGraph } from "../../codec/training_graph.ts";
import { createCpuExecutor } from "../../kernels/wasm/cpu_executor.ts";
import { randomSource } from "../../tests/random.ts";
import { assertEquals } from "@std/assert";
import { sampledModel } from "../sampled_model.ts";

const SHAPE = { width: 256, height: 256, channels: 3, topLevel: 6 };
/** Times are the least of as many rounds; each round times the calibration loop too. */
const ROUNDS = 12;

/** One part to time: `work` is what counts. */
interface Part {
  readonly name: string;
  readonly work: () => unknown;
  readonly close: () => void;
}

/** Each part's time divided by the calibration loop's, by name. */
export async function measureRatios(): Promise<Record<string, number>> {
  const parts: Part[] = [];
  for (const preset of PRESET_NAMES) parts.push(...decodeParts(preset), await trainingPart(preset));
  const least = new Map<string, number>();
  const time = async (name: string, work: () => unknown) => {
    const start = performance.now();
    await work();
    least.set(name, Math.min(least.get(name) ?? Infinity, performance.now() - start));
  };
  for (let round = 0; round < ROUNDS; round++) {
    await time(CALIBRATION, calibrate);
    for (const { name, work } of parts) await time(name, work);
  }
  for (const { close } of parts) close();
  return Object.fromEntries(parts.map(({ name }) => [name, least.get(name)! / least.get(CALIBRATION)!]));
}

const CALIBRATION = "calibration";

/** Multiply-adds and dependent integer steps in plain JavaScript: what these kernels are made of. About 10 ms. */
export function calibrate(): number {
  const values = new Float32Array(4096);
  let state = 1;
  for (let i = 0; i < 2_000_000; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    values[i & 4095] = values[(i + 7) & 4095] * 0.5 + (state >>> 8);
  }
  return values[0] + state;
}

/** Latents from bytes and pixels from latents; the results are verified here, before anything is timed. */
function decodeParts(preset: PresetName): Part[] {
  const model = sampledModel({ preset, width: SHAPE.width, height: SHAPE.height, topLevel: 6, seed: 1, bpp: 0.5 });
  const [plain, fast] = [integerBackend("plain"), integerBackend("wasm")];
  const { bytes } = writeModel(model, 0, { predictor: fast.latentPredictor });
  const read = () => readModel(bytes, DEFAULT_LIMITS, fast.latentDecoder);
  assertEquals(read().model.grids, [...model.grids]);
  assertEquals(fast.reconstruct(model).data, plain.reconstruct(model).data);
  const close = () => {};
  return [
    { name: `${preset}: latents from bytes`, work: read, close },
    { name: `${preset}: pixels from latents`, work: () => fast.reconstruct(model), close },
  ];
}

/** One training iteration on one thread. */
async function trainingPart(preset: PresetName): Promise<Part> {
  const training = buildTrainingGraph(PRESETS[preset], SHAPE);
  const executor = await createCpuExecutor(training.graph, 1);
  const pixels = SHAPE.width * SHAPE.height;
  const random = randomSource(1);
  for (const plane of training.image) await executor.writePlane(plane, Float32Array.from({ length: pixels }, random));
  const initial = { groups: training.groups, seed: 1, mean: [0.5, 0.5, 0.5] };
  await executor.writeParameters(initialParameters(PRESETS[preset], SHAPE, initial));
  const step = trainingStep(0, { iterations: 1000, lambda: 1e-3, seed: 1, channels: 3, pixels });
  await executor.train([step]);
  return {
    name: `${preset}: training iteration`,
    work: () => executor.train([step]),
    close: () => executor.close(),
  };
}
