/** The WGSL back-end against the float64 reference, program by program and in whole training steps. */

import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { type Architecture, PRESETS } from "../../bitstream/architecture.ts";
import { GpuError } from "../../kernels/errors.ts";
import type { Executor } from "../../kernels/executor.ts";
import type { Graph } from "../../kernels/graph.ts";
import { gatheredSlots, storedSlots } from "../../kernels/program.ts";
import { backwardReference } from "../../kernels/reference/backward.ts";
import { ReferenceExecutor } from "../../kernels/reference/executor.ts";
import { forwardReference } from "../../kernels/reference/forward.ts";
import type { MatrixFactors } from "../../kernels/soap.ts";
import { repeatGraph } from "../../kernels/repeat_graph.ts";
import { findAdapter, requireAdapter } from "../../kernels/wgsl/device.ts";
import { createGpuExecutor } from "../../kernels/wgsl/gpu_executor.ts";
import { GpuSession } from "../../kernels/wgsl/gpu_session.ts";
import { createGpuTrainer, type GpuChoices } from "../../kernels/wgsl/gpu_trainer.ts";
import { createPipeline } from "../../kernels/wgsl/pipelines.ts";
import { gpuTest } from "../gpu.ts";
import { assertFactorsAgree, assertMapsAgree, assertSumsAgree } from "./compare.ts";
import { programCases, randomState, TEST_SCALARS } from "./program_cases.ts";
import { load, smallTraining, trainedBytes, trainingSteps } from "./small_training.ts";
import { runWgsl } from "./wgsl_harness.ts";

const SOFTWARE: GpuChoices = { allowSoftware: true };

/** One of everything, and small: software adapters take seconds to compile the presets. */
const TINY: Architecture = {
  contexts: 5,
  features: 2,
  ifceLevels: 2,
  ifceReach: 1,
  armLayers: [{ outputs: 7, residual: true }, { outputs: 4, residual: false }],
  armStabiliser: true,
  hyperFirstLevel: 2,
  hyperPlanes: 1,
  synthesis: [
    { outputs: 6, kernel: 1, residual: false, relu: true },
    { outputs: 0, kernel: 1, residual: false, relu: false },
    { outputs: 0, kernel: 3, residual: true, relu: true },
    { outputs: 0, kernel: 3, residual: true, relu: false },
  ],
  synthesisStabiliser: true,
};

async function checkProgram(graph: Graph): Promise<void> {
  const [call] = graph.body;
  const { program, planes } = call;
  const result = await runWgsl(graph, randomState(graph, 7), TEST_SCALARS);
  const expected = randomState(graph, 7);
  const loss = forwardReference(call, expected, TEST_SCALARS);
  backwardReference(call, expected, TEST_SCALARS);
  assertAlmostEquals(result.loss.bits, loss.bits, 1e-5 * Math.abs(loss.bits));
  assertAlmostEquals(result.loss.squaredError, loss.squaredError, 1e-5 * loss.squaredError);
  for (const slot of storedSlots(program)) {
    assertMapsAgree(result.values[planes[slot]], expected.values[planes[slot]], { what: `plane ${slot}` });
  }
  for (const slot of gatheredSlots(program)) {
    if (!program.planes[slot].gradient) continue;
    const what = `gradient of plane ${slot}`;
    assertMapsAgree(result.gradients[planes[slot]], expected.gradients[planes[slot]], { what });
  }
  assertSumsAgree(result.dParameters, expected.dParameters, { what: "parameter gradients" });
}

gpuTest("WGSL programs agree with the reference forward and backward", async (t) => {
  // Less than a workgroup, more than one; one row, one column. The larger presets differ in their widths only.
  const cases = [
    ...programCases([[9, 37]]),
    ...programCases([[5, 3], [70, 1], [1, 6]]).filter(({ name }) => !/mop|hop/.test(name)),
  ];
  for (const { name, graph } of cases) await t.step(name, () => checkProgram(graph));
});

gpuTest("WGSL programs cover more sites than a dispatch has lanes", async (t) => {
  // A dispatch has at most 8192 * 64 lanes per call, or 1024 * 64 if it sums over sites.
  const cases = [
    ...programCases([[1031, 517]]).filter(({ name }) => name.startsWith("softQuantise")),
    ...programCases([[303, 230]]).filter(({ name }) => /^(upsampleX|synthesis small gray stage 1) /.test(name)),
  ];
  for (const { name, graph } of cases) await t.step(name, () => checkProgram(graph));
});

/** With Adam for all parameters: SOAP's steps along directions of tiny gradients depend on the last digits. */
function withoutMatrices(graph: Graph): Graph {
  return { ...graph, matrices: [] };
}

gpuTest("GpuTrainer's losses with SOAP stay close to those of the reference over a refresh", async () => {
  const small = smallTraining(TINY);
  const reference = new ReferenceExecutor(small.training.graph);
  const gpu = await createGpuTrainer(small.training.graph, SOFTWARE);
  try {
    for (const executor of [reference, gpu]) await load(executor, small);
    const [first, ...steps] = trainingSteps(16, small);
    for (const executor of [reference, gpu]) await executor.train([first]);
    assertFactorsAgree(await gpu.readFactors(), await reference.readFactors(), { tolerance: 1e-3 });
    const expected = await reference.train(steps);
    (await gpu.train(steps)).forEach((loss, i) => {
      assertAlmostEquals(loss.bits / expected[i].bits, 1, 0.02, `bits of step ${i}`);
      assertAlmostEquals(loss.squaredError / expected[i].squaredError, 1, 0.02, `squared error of step ${i}`);
    });
  } finally {
    gpu.close();
  }
});

gpuTest("GpuTrainer's steps and evaluation agree with the reference", async () => {
  const small = smallTraining(TINY);
  const graph = withoutMatrices(small.training.graph);
  const reference = new ReferenceExecutor(graph);
  const gpu = await createGpuTrainer(graph, SOFTWARE);
  try {
    for (const executor of [reference, gpu]) await load(executor, small);
    const steps = trainingSteps(4, small);
    const expected = await reference.train(steps);
    (await gpu.train(steps)).forEach((loss, i) => {
      assertAlmostEquals(loss.bits / expected[i].bits, 1, 1e-5, `bits of step ${i}`);
      assertAlmostEquals(loss.squaredError / expected[i].squaredError, 1, 1e-5, `squared error of step ${i}`);
    });
    assertMapsAgree(await gpu.readParameters(), reference.state.parameters, { what: "parameters" });
    for (const plane of small.training.latents) {
      const what = small.training.graph.planes[plane].name;
      assertMapsAgree(await gpu.readPlane(plane), reference.state.values[plane], { what });
    }
    const { scalars } = steps[0];
    const [a, b] = [await gpu.evaluate(scalars), await reference.evaluate(scalars)];
    assertAlmostEquals(a.bits / b.bits, 1, 1e-5);
    assertAlmostEquals(a.squaredError / b.squaredError, 1, 1e-5);
  } finally {
    gpu.close();
  }
});

gpuTest("GpuTrainer gives the same bits again, step by step, and with its memory in many buffers", async () => {
  const small = smallTraining(TINY);
  const steps = trainingSteps(12, small);
  const train = async (chunk: number, choices: GpuChoices = SOFTWARE): Promise<Uint8Array> => {
    const gpu = await createGpuTrainer(small.training.graph, choices);
    try {
      await load(gpu, small);
      for (let i = 0; i < steps.length; i += chunk) {
        await gpu.train(steps.slice(i, i + chunk));
        await gpu.evaluate(steps[i].scalars); // Leaves no trace.
      }
      return await trainedBytes(gpu, small);
    } finally {
      gpu.close();
    }
  };
  const once = await train(12);
  assertEquals(await train(12), once);
  assertEquals(await train(1), once);
  assertEquals(await train(5, { ...SOFTWARE, maxSegmentBytes: 100_000 }), once);
});

gpuTest("createGpuExecutor() trains in a worker and passes on errors", async () => {
  const small = smallTraining(TINY);
  const steps = trainingSteps(3, small);
  const bytes: Uint8Array[] = [];
  const factors: (readonly MatrixFactors[])[] = [];
  for (const create of [createGpuTrainer, createGpuExecutor]) {
    const executor: Executor = await create(small.training.graph, SOFTWARE);
    try {
      await load(executor, small);
      await executor.train(steps);
      bytes.push(await trainedBytes(executor, small));
      factors.push(await executor.readFactors());
      const [parameters, latent] = await Promise.all([
        executor.readParameters(),
        executor.readPlane(small.training.latents[0]),
      ]);
      assertEquals(parameters.length, small.parameters.length);
      assertEquals(latent, await executor.readPlane(small.training.latents[0]));
      assert(/^gpu \(.+\)$/.test(executor.device), executor.device);
      const wrong = async () => await executor.writeParameters(new Float32Array(1));
      await assertRejects(wrong, RangeError, "Cannot write parameters: expected");
    } finally {
      executor.close();
    }
  }
  assertEquals(bytes[1], bytes[0]);
  assertEquals(factors[1], factors[0]);
});

gpuTest("GpuTrainer trains the copies of a repeated graph as the reference does", async () => {
  const small = smallTraining(TINY, 21, 18);
  const { graph, image } = small.training;
  const batch = repeatGraph(withoutMatrices(graph), 2, { planes: new Set(image) });
  const reference = new ReferenceExecutor(batch.graph);
  const gpu = await createGpuTrainer(batch.graph, SOFTWARE);
  try {
    const parameters = new Float32Array(batch.graph.parameterCount);
    [0, 1].forEach((copy) =>
      parameters.set(small.parameters.map((p) => (1 - copy / 3) * p), batch.parameterOf(0, copy))
    );
    for (const executor of [reference, gpu]) {
      for (const plane of image) {
        await executor.writePlane(batch.planeOf(plane, 0), new Float32Array(21 * 18).fill(0.4));
      }
      await executor.writeParameters(parameters);
      await executor.train(trainingSteps(3, small));
    }
    assertMapsAgree(await gpu.readParameters(), reference.state.parameters, { what: "parameters" });
    for (const plane of batch.graph.latents) {
      assertMapsAgree(await gpu.readPlane(plane), reference.state.values[plane], { what: `latent plane ${plane}` });
    }
  } finally {
    gpu.close();
  }
});

gpuTest("GpuTrainer trains the lop preset down to a few bits", async () => {
  const small = smallTraining(PRESETS.lop, 24, 16);
  const gpu = await createGpuTrainer(small.training.graph, SOFTWARE);
  try {
    await load(gpu, small);
    const losses = await gpu.train(trainingSteps(60, small));
    const loss = (i: number) => losses[i].bits + small.pixels * 1000 * losses[i].squaredError / (3 * small.pixels);
    assert(loss(59) < 0.7 * loss(0), `loss went from ${loss(0)} to ${loss(59)}`);
  } finally {
    gpu.close();
  }
});

async function openSession(): Promise<GpuSession> {
  const needs = { storageBytes: 16, uniformBytes: 16, workgroupBytes: 16, storageBuffers: 1, timestamps: false };
  return await GpuSession.open(await requireAdapter(SOFTWARE), needs);
}

gpuTest("createPipeline() shows the compiler's words and the source of a wrong shader", async () => {
  const session = await openSession();
  try {
    const source = {
      label: "wrong",
      code: "@compute @workgroup_size(1)\nfn main() {\n  let x = y;\n}\n",
      bindings: [],
    };
    const error = await assertRejects(() => createPipeline(session.device, source), GpuError, 'shader "wrong"');
    assert(/no definition in scope for identifier/.test(error.message), error.message);
    assertStringIncludes(error.message, "> 3 |   let x = y;");
  } finally {
    session.close();
  }
});

gpuTest("GpuSession reports a lost device to whoever waits", async () => {
  const session = await openSession();
  const buffer = await session.createBuffer("numbers", 64);
  session.device.destroy();
  await assertRejects(() => session.read(buffer, 0, 16), GpuError, "was lost");
});

gpuTest("GpuSession says how much memory the GPU refuses", async () => {
  const session = await openSession();
  try {
    await assertRejects(
      () => session.createBuffer("numbers", 2 ** 40),
      GpuError,
      'Cannot allocate 1048576 MB for "numbers"',
    );
  } finally {
    session.close();
  }
});

gpuTest("openDevice() says which limit is too small", async () => {
  const needs = { storageBytes: 2 ** 50, uniformBytes: 16, workgroupBytes: 16, storageBuffers: 1, timestamps: false };
  const adapter = await requireAdapter(SOFTWARE);
  await assertRejects(
    () => GpuSession.open(adapter, needs),
    GpuError,
    "expected maxStorageBufferBindingSize of at least",
  );
});

gpuTest("requireAdapter() takes no software adapter unless asked to", async () => {
  const real = await findAdapter();
  if (real) return assertInstanceOf(await requireAdapter(), GPUAdapter);
  await assertRejects(() => requireAdapter(), GpuError, "found only the software adapter");
});
