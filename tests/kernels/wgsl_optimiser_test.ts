/** The GPU's optimiser of the parameters against the float64 definition, on gradients given as partial sums. */

import { assert, assertEquals } from "@std/assert";
import { SOAP } from "../../kernels/eigenbasis.ts";
import { ParameterOptimiser, type ParameterPrior } from "../../kernels/parameter_optimiser.ts";
import type { MatrixShape } from "../../kernels/soap.ts";
import { requireAdapter } from "../../kernels/wgsl/device.ts";
import { GpuSession } from "../../kernels/wgsl/gpu_session.ts";
import { createOptimiser } from "../../kernels/wgsl/optimiser_passes.ts";
import { encodeDispatches, type GraphBuffers } from "../../kernels/wgsl/passes.ts";
import { CONTROL_BYTES, encodeSteps } from "../../kernels/wgsl/settings.ts";
import { gpuTest } from "../gpu.ts";
import { randomSource } from "../random.ts";
import { assertMapsAgree } from "./compare.ts";
import { separatedGradients } from "./gradient_cases.ts";
import { TEST_SCALARS } from "./program_cases.ts";

const STEP = { scalars: TEST_SCALARS, latentRate: 0, parameterRate: 0.01, clipNorm: 0.8 };

interface OptimiserCase {
  readonly length: number;
  readonly matrices: readonly MatrixShape[];
  readonly prior: ParameterPrior;
}

/** Two plans of one float each stand for the latents; gradients come as one partial sum per parameter. */
const NO_LATENTS = { values: { segment: 0, offset: 0 }, gradients: { segment: 0, offset: 1 }, length: 1 };

async function openBuffers(session: GpuSession, { length, prior }: OptimiserCase): Promise<GraphBuffers> {
  const floats = (label: string, count: number) => session.createBuffer(label, 4 * count);
  const buffers = {
    heap: [await floats("heap", 2)],
    parameters: await floats("parameters", length),
    prior: await floats("prior", 3 * length),
    control: await session.createBuffer("control", CONTROL_BYTES),
    partials: await floats("partials", length + 2),
    sums: await floats("sums", length + 2),
    log: await floats("log", 2),
  };
  [prior.centre, prior.weight, prior.frozen].forEach((values, part) => {
    session.device.queue.writeBuffer(buffers.prior, 4 * part * length, Float32Array.from(values));
  });
  return buffers;
}

/** The parameters after each update, from 0. */
async function updateOnGpu(test: OptimiserCase, gradients: readonly Float64Array[]): Promise<Float32Array[]> {
  const { length, matrices } = test;
  const needs = {
    storageBytes: 1 << 20,
    uniformBytes: 16,
    workgroupBytes: 16384,
    storageBuffers: 8,
    timestamps: false,
  };
  const session = await GpuSession.open(await requireAdapter({ allowSoftware: true }), needs);
  try {
    const buffers = await openBuffers(session, test);
    const targets = Array.from({ length: length + 2 }, (_, start) => [{ start, length: 1 }]);
    const { reduce, updateParameters } = await createOptimiser(session, {
      graph: { parameterCount: length, matrices },
      latents: NO_LATENTS,
      sums: { targets },
      buffers,
    });
    const counts = { latents: 0, parameters: 0 };
    const results: Float32Array[] = [];
    for (const gradient of gradients) {
      session.device.queue.writeBuffer(buffers.partials, 0, Float32Array.from(gradient));
      session.device.queue.writeBuffer(buffers.control, 0, encodeSteps([STEP], counts));
      const encoder = session.device.createCommandEncoder();
      encodeDispatches(encoder.beginComputePass(), [reduce, updateParameters]);
      session.device.queue.submit([encoder.finish()]);
      results.push(await session.read(buffers.parameters, 0, length));
    }
    return results;
  } finally {
    session.close();
  }
}

function updateOnHost({ length, matrices, prior }: OptimiserCase, gradients: readonly Float64Array[]): Float64Array[] {
  const optimiser = new ParameterOptimiser(length, matrices);
  const values = new Float64Array(length);
  return gradients.map((gradient) => {
    optimiser.update(values, gradient.slice(), { rate: STEP.parameterRate, clipNorm: STEP.clipNorm, prior });
    return values.slice();
  });
}

function noPrior(length: number): ParameterPrior {
  return { centre: new Float64Array(length), weight: new Float64Array(length), frozen: new Float64Array(length) };
}

async function check(test: OptimiserCase, gradients: readonly Float64Array[], tolerance: number): Promise<void> {
  const actual = await updateOnGpu(test, gradients);
  updateOnHost(test, gradients).forEach((expected, i) => {
    assertMapsAgree(actual[i], expected, { tolerance, what: `parameters after update ${i + 1}` });
  });
}

gpuTest("updateParameters agrees with ParameterOptimiser over two refreshes of the bases", async () => {
  const matrices = [{ offset: 3, rows: 4, cols: 4 }, { offset: 21, rows: 3, cols: 3 }];
  const test = { length: 33, matrices, prior: noPrior(33) };
  await check(test, separatedGradients({ ...test, count: 2 * SOAP.refresh + 3 }), 1e-3);
});

gpuTest("updateParameters agrees with ParameterOptimiser on a wide matrix of which one side has no basis", async () => {
  const wide = { offset: 0, rows: 2, cols: SOAP.largestFactor + 1 };
  const tall = { offset: 2 * wide.cols, rows: SOAP.largestFactor + 1, cols: 2 };
  const length = 4 * wide.cols + 300;
  const random = randomSource(3);
  const gradients = Array.from({ length: SOAP.refresh + 2 }, () => Float64Array.from({ length }, () => random() - 0.5));
  await check({ length, matrices: [wide, tall], prior: noPrior(length) }, gradients, 1e-3);
});

gpuTest(
  "updateParameters leaves frozen values as they are, and moves the others as ParameterOptimiser does",
  async () => {
    const [length, matrices] = [30, [{ offset: 3, rows: 3, cols: 3 }, { offset: 14, rows: 3, cols: 4 }]];
    const frozen = Float64Array.from({ length }, (_, i) => i === 1 || (i >= 3 && i < 12) ? 1 : 0);
    const prior = { ...noPrior(length), weight: new Float64Array(length).fill(0.1), frozen };
    const gradients = separatedGradients({ length, matrices, count: 8 });
    const results = await updateOnGpu({ length, matrices, prior }, gradients);
    results.at(-1)!.forEach((value, i) => assertEquals(value === 0, frozen[i] === 1));
    await check({ length, matrices, prior }, gradients, 1e-3);
  },
);

gpuTest("updateParameters pulls parameters towards their prior as ParameterOptimiser does", async () => {
  const length = 30;
  const prior = {
    centre: Float64Array.from({ length }, (_, i) => 0.01 * (i - 15)),
    weight: Float64Array.from({ length }, (_, i) => i % 3),
    frozen: new Float64Array(length),
  };
  const matrices = [{ offset: 4, rows: 3, cols: 4 }];
  const gradients = separatedGradients({ length, matrices, count: 5 });
  await check({ length, matrices, prior }, gradients, 1e-3);
});

gpuTest(
  "updateParameters stays finite and of the size of Adam's steps on gradients of rank one and of zero",
  async () => {
    const [rows, cols, length] = [48, 20, 960];
    const matrices = [{ offset: 0, rows, cols }];
    const random = randomSource(4);
    const [column, row] = [rows, cols].map((size) => Float64Array.from({ length: size }, random));
    const rankOne = Float64Array.from({ length }, (_, i) => column[Math.floor(i / cols)] * row[i % cols] / 10);
    const gradients = Array.from({ length: 25 }, (_, i) => i < 22 ? rankOne : new Float64Array(length));
    const results = await updateOnGpu({ length, matrices, prior: noPrior(length) }, gradients);
    let last = new Float32Array(length);
    results.forEach((values, i) => {
      const norm = Math.hypot(...values.map((value, k) => value - last[k]));
      // A step has at most 1 per direction of the basis (Adam's bound here is a little above), in orthonormal bases.
      assert(norm <= 1.6 * STEP.parameterRate * Math.sqrt(length), `update ${i + 1} has norm ${norm}`);
      last = values.slice();
    });
    assert(last.some((value) => value !== 0));
  },
);

gpuTest("updateParameters keeps values whose gradients are zero", async () => {
  const test = { length: 40, matrices: [{ offset: 2, rows: 5, cols: 7 }], prior: noPrior(40) };
  const results = await updateOnGpu(test, Array.from({ length: 12 }, () => new Float64Array(40)));
  assert(results.every((values) => values.every((value) => value === 0)));
});
