/** The float64 reference against central differences: the root of all gradient tests. */

import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { PRESETS } from "../../bitstream/architecture.ts";
import { buildTrainingGraph } from "../../codec/training_graph.ts";
import type { Call, Graph } from "../../kernels/graph.ts";
import { INTEGER_SHARE } from "../../kernels/program.ts";
import { backwardReference } from "../../kernels/reference/backward.ts";
import { ReferenceExecutor } from "../../kernels/reference/executor.ts";
import { forwardReference } from "../../kernels/reference/forward.ts";
import { laplaceBits, softround, squaredError, symbolBits } from "../../kernels/reference/functions.ts";
import { evaluateReference, runReference } from "../../kernels/reference/reference.ts";
import { clearGradients, type ReferenceState } from "../../kernels/reference/state.ts";
import { randomSource } from "../random.ts";
import { SMALL_DECODER } from "../small_decoder.ts";
import { programCases, randomState, TEST_SCALARS } from "./program_cases.ts";

const STEP = 1e-5;
/** Of the largest derivative of the same array. */
const TOLERANCE = 1e-6;

/** Checks `gradient` at the given indices of `values` against central differences of `loss`. */
function checkGradient(
  name: string,
  { values, gradient, indices }: { values: Float64Array; gradient: Float64Array; indices: Iterable<number> },
  loss: () => number,
): void {
  const scale = gradient.reduce((max, d) => Math.max(max, Math.abs(d)), 1e-6);
  for (const i of indices) {
    const value = values[i];
    values[i] = value + STEP;
    const above = loss();
    values[i] = value - STEP;
    const expected = (above - loss()) / (2 * STEP);
    values[i] = value;
    const error = Math.abs(gradient[i] - expected) / scale;
    assert(error <= TOLERANCE, `${name}[${i}]: expected ${expected}, got ${gradient[i]}, relative error ${error}`);
  }
}

function storedPlanes({ program, planes }: Call): number[] {
  return program.ops.flatMap((op) => op.kind === "store" ? op.planes.map((slot) => planes[slot]) : []);
}

/** The function whose gradient `backwardReference` adds up. */
function callLoss(call: Call, state: ReferenceState): number {
  const { bits, squaredError } = forwardReference(call, state, TEST_SCALARS);
  let loss = TEST_SCALARS.rateWeight * bits + TEST_SCALARS.distortionWeight * squaredError;
  for (const plane of storedPlanes(call)) {
    state.values[plane].forEach((value, i) => loss += value * state.gradients[plane][i]);
  }
  return loss;
}

function checkCall(graph: Graph): void {
  const [call] = graph.body;
  const state = randomState(graph, 1);
  backwardReference(call, state, TEST_SCALARS);
  const loss = () => callLoss(call, state);
  const stored = storedPlanes(call);
  graph.planes.forEach((plane, i) => {
    const gradient = state.gradients[i];
    if (stored.includes(i)) return;
    if (!plane.gradient) return assert(gradient.every((d) => d === 0), `${plane.name} has a gradient`);
    checkGradient(plane.name, { values: state.values[i], gradient, indices: gradient.keys() }, loss);
  });
  const { parameters: values, dParameters: gradient } = state;
  checkGradient("parameters", { values, gradient, indices: gradient.keys() }, loss);
}

Deno.test("backwardReference() agrees with central differences for every program and preset", async (t) => {
  for (const { name, graph } of programCases()) await t.step(name, () => checkCall(graph));
});

Deno.test("backwardReference() adds to the gradients that are there", () => {
  const { graph } = programCases().find(({ name }) => name.startsWith("arm lop at"))!;
  const state = randomState(graph, 2);
  backwardReference(graph.body[0], state, TEST_SCALARS);
  const once = [state.gradients[0].slice(), state.dParameters.slice()];
  backwardReference(graph.body[0], state, TEST_SCALARS);
  [state.gradients[0], state.dParameters].forEach((twice, k) => {
    twice.forEach((d, i) => assertAlmostEquals(d, 2 * once[k][i], 1e-9));
  });
});

/** A few coordinates of an array of that length, the ends included. */
function sample(length: number, random: () => number): number[] {
  return [0, length - 1, ...Array.from({ length: 4 }, () => Math.floor(random() * length))];
}

Deno.test("runReference() gives the gradient of a whole graph's loss", async (t) => {
  for (const [preset, arch] of Object.entries(PRESETS)) {
    await t.step(preset, () => {
      const { graph, groups } = buildTrainingGraph(arch, { width: 13, height: 6, channels: 3, topLevel: 3 });
      const state = randomState(graph, 3);
      runReference(graph, state, TEST_SCALARS, { soft: true });
      const loss = () => {
        const sums = evaluateReference(graph, state, { scalars: TEST_SCALARS, soft: true });
        return TEST_SCALARS.rateWeight * sums.bits + TEST_SCALARS.distortionWeight * sums.squaredError;
      };
      const random = randomSource(4);
      for (const plane of graph.latents) {
        const [values, gradient] = [state.values[plane], state.gradients[plane]];
        checkGradient(graph.planes[plane].name, { values, gradient, indices: sample(values.length, random) }, loss);
      }
      for (const { name, offset, length } of groups) {
        const values = state.parameters.subarray(offset, offset + length);
        const gradient = state.dParameters.subarray(offset, offset + length);
        checkGradient(name, { values, gradient, indices: sample(length, random) }, loss);
      }
    });
  }
});

Deno.test("ReferenceExecutor lowers the loss", async () => {
  const { graph } = buildTrainingGraph(SMALL_DECODER, { width: 9, height: 8, channels: 3, topLevel: 2 });
  const executor = new ReferenceExecutor(graph);
  graph.planes.forEach((plane, i) => {
    if (plane.name.startsWith("image")) executor.state.values[i].fill(0.6);
  });
  const step = {
    scalars: { ...TEST_SCALARS, noise: 0 },
    latentRate: 0.01,
    parameterRate: 0.01,
    clipNorm: 1,
  };
  const sums = await executor.train(Array.from({ length: 30 }, () => step));
  assert(sums[29].squaredError < 0.5 * sums[0].squaredError);
  assert((await executor.evaluate(step.scalars)).squaredError < 0.5 * sums[0].squaredError);
});

Deno.test("runReference() with rounding leaves the latents without a gradient", () => {
  const { graph, latents, quantised } = buildTrainingGraph(SMALL_DECODER, {
    width: 9,
    height: 7,
    channels: 3,
    topLevel: 3,
  });
  const state = randomState(graph, 5);
  runReference(graph, state, TEST_SCALARS, { soft: false });
  for (const plane of latents) assert(state.gradients[plane].every((d) => d === 0));
  quantised.forEach((plane, i) => {
    assertEquals(state.values[plane], state.values[latents[i]].map((x) => Math.floor(x + 0.5)));
    assert(state.gradients[plane].some((d) => d !== 0));
  });
  assert(state.dParameters.some((d) => d !== 0));
});

Deno.test("clearGradients() clears every gradient and nothing else", () => {
  const { graph } = programCases()[0];
  const state = randomState(graph, 6);
  const values = state.values.map((plane) => plane.slice());
  clearGradients(state);
  assert(state.gradients.every((plane) => plane.every((d) => d === 0)));
  assertEquals(state.values, values);
});

Deno.test("laplaceBits() sums to one over all symbols", () => {
  for (const [mu, logScale] of [[0.3, 0], [-1.7, 3], [0.5, 5]]) {
    let probability = 0;
    for (let symbol = -400; symbol <= 400; symbol++) probability += 2 ** -laplaceBits(symbol, mu, logScale).bits;
    assertAlmostEquals(probability, 1, 1e-9);
  }
});

Deno.test("laplaceBits() keeps its value and gradient far out in the tail", () => {
  const { bits, dSymbol } = laplaceBits(5000, 0, -9);
  assertAlmostEquals(bits / (4999.5 * Math.exp(5) / Math.LN2), 1, 1e-5);
  assertAlmostEquals(dSymbol, Math.exp(5) / Math.LN2, 1e-9);
});

Deno.test("symbolBits() costs integers what they cost, and charges for what lies between them", () => {
  const [mu, logScale] = [0.1, 0];
  for (const symbol of [-3, 0, 1, 6]) {
    assertAlmostEquals(symbolBits(symbol, mu, logScale).bits, laplaceBits(symbol, mu, logScale).bits, 1e-12);
  }
  const [zero, one] = [0, 1].map((symbol) => laplaceBits(symbol, mu, logScale).bits);
  const dearer = symbolBits(0.25, mu, logScale).bits - laplaceBits(0.25, mu, logScale).bits;
  const atIntegers = 0.75 * zero + 0.25 * one;
  assertAlmostEquals(dearer, INTEGER_SHARE * (atIntegers - laplaceBits(0.25, mu, logScale).bits), 1e-12);
  assert(dearer > 0.1, `${dearer}`);
});

Deno.test("softround() keeps integers and half-integers and tends to rounding", () => {
  for (const x of [-2, -0.5, 0, 1.5, 7]) assertAlmostEquals(softround(x, 0.4).value, x, 1e-12);
  assertAlmostEquals(softround(2.7, 0.01).value, 3, 1e-12);
});

Deno.test("squaredError() goes on linearly outside the range of samples", () => {
  const inside = squaredError(0, 0.25);
  const outside = squaredError(-0.5, 0.25);
  assertAlmostEquals(outside.value, inside.value - 0.5 * inside.derivative, 1e-12);
  assertEquals(outside.derivative, inside.derivative);
});

Deno.test("squaredError() is least at the target, also at white of more than 8 bits", () => {
  for (const target of [0, 0.5, 255 / 256, 1023 / 1024, 65535 / 65536]) {
    assertEquals(squaredError(target, target), { value: 0, derivative: 0 });
    for (const input of [-9, -0.1, 0.2, 0.997, 1, 1.1, 9]) {
      const { value, derivative } = squaredError(input, target);
      assert(value >= 0 && derivative * (input - target) >= 0, `${input}, ${target}: ${value}, ${derivative}`);
    }
  }
});
