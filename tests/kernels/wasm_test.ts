/** The WASM back-end against the float64 reference, program by program and in whole training steps. */

import { assert, assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { PRESETS } from "../../bitstream/architecture.ts";
import { buildTrainingGraph } from "../../codec/training_graph.ts";
import { ProgramBuilder } from "../../kernels/builder.ts";
import { gatheredSlots, storedSlots } from "../../kernels/program.ts";
import { backwardReference } from "../../kernels/reference/backward.ts";
import { ReferenceExecutor } from "../../kernels/reference/executor.ts";
import { forwardReference } from "../../kernels/reference/forward.ts";
import { createCpuExecutor } from "../../kernels/wasm/cpu_executor.ts";
import { BLOCK } from "../../kernels/wasm/program_layout.ts";
import { compileSchedule } from "../../kernels/wasm/schedule.ts";
import { SMALL_DECODER } from "../small_decoder.ts";
import { assertFactorsAgree, assertMapsAgree, assertSumsAgree } from "./compare.ts";
import { programCase, programCases, randomState, TEST_SCALARS } from "./program_cases.ts";
import { load, smallTraining, trainedBytes, trainingSteps } from "./small_training.ts";
import { runWasm } from "./wasm_harness.ts";

/** One row, one column, less than a vector, more than a strip of rows, more than a block of sites. */
const SIZES = [[5, 3], [7, 1], [1, 6], [70, 19], [9, 37], [BLOCK + 11, 2]] as const;

Deno.test("WASM programs agree with the reference forward and backward", async (t) => {
  for (const { name, graph } of programCases(SIZES)) {
    await t.step(name, () => {
      const [call] = graph.body;
      const { program, planes } = call;
      const result = runWasm(graph, randomState(graph, 7), TEST_SCALARS);
      const expected = randomState(graph, 7);
      const loss = forwardReference(call, expected, TEST_SCALARS);
      backwardReference(call, expected, TEST_SCALARS);
      assertAlmostEquals(result.loss.bits, loss.bits, 1e-5 * Math.abs(loss.bits));
      assertAlmostEquals(result.loss.squaredError, loss.squaredError, 1e-5 * loss.squaredError);
      for (const slot of storedSlots(program)) {
        const plane = planes[slot];
        assertMapsAgree(result.values[plane], expected.values[plane], { what: `plane ${slot}` });
      }
      for (const slot of gatheredSlots(program)) {
        if (!program.planes[slot].gradient) continue;
        const plane = planes[slot];
        assertMapsAgree(result.gradients[plane], expected.gradients[plane], { what: `gradient of plane ${slot}` });
      }
      assertSumsAgree(result.dParameters, expected.dParameters, { what: "parameter gradients" });
    });
  }
});

function isZero(values: ArrayLike<number>): boolean {
  return Array.from(values).every((value) => value === 0);
}

Deno.test("CPU training steps agree with the reference for every preset", async (t) => {
  for (const [name, arch] of Object.entries(PRESETS)) {
    await t.step(name, async () => {
      const small = smallTraining(arch);
      const reference = new ReferenceExecutor(small.training.graph);
      const cpu = await createCpuExecutor(small.training.graph, 2);
      try {
        for (const executor of [reference, cpu]) await load(executor, small);
        const settings = trainingSteps(4, small);
        const before = await cpu.readFactors();
        assert(before.length > 0 && before.every(({ left, right }) => isZero(left!) && isZero(right!)));
        const [first, ...others] = settings;
        const [expected, actual] = [await reference.train([first]), await cpu.train([first])];
        assertFactorsAgree(await cpu.readFactors(), await reference.readFactors(), { tolerance: 1e-3 });
        expected.push(...await reference.train(others));
        actual.push(...await cpu.train(others));
        expected.forEach((loss, i) => {
          assertAlmostEquals(actual[i].bits, loss.bits, 2e-4 * loss.bits, `bits of step ${i}`);
          assertAlmostEquals(actual[i].squaredError, loss.squaredError, 2e-4 * loss.squaredError, `error of step ${i}`);
        });
        const [a, b] = [await cpu.evaluate(settings[0].scalars), await reference.evaluate(settings[0].scalars)];
        assertAlmostEquals(a.squaredError, b.squaredError, 1e-2 * b.squaredError);
      } finally {
        cpu.close();
      }
    });
  }
});

Deno.test("CPU training gives the same bits for any number of threads and in any split into calls", async () => {
  const small = smallTraining(SMALL_DECODER);
  const results: Uint8Array[] = [];
  for (const [threads, split] of [[1, 6], [2, 6], [3, 2]]) {
    const executor = await createCpuExecutor(small.training.graph, threads);
    try {
      await load(executor, small);
      const settings = trainingSteps(6, small);
      for (let i = 0; i < settings.length; i += split) await executor.train(settings.slice(i, i + split));
      results.push(await trainedBytes(executor, small));
    } finally {
      executor.close();
    }
  }
  assertEquals(results[1], results[0]);
  assertEquals(results[2], results[0]);
});

Deno.test("CPU executor refuses planes and parameters of the wrong length", async () => {
  const { training } = smallTraining(PRESETS.lop, 8, 8);
  const executor = await createCpuExecutor(training.graph, 1);
  try {
    assertThrows(() => executor.writePlane(training.image[0], new Float32Array(63)), RangeError, "expected 64 values");
    assertThrows(() => executor.writeParameters(new Float32Array(1)), RangeError, "Cannot write parameters");
  } finally {
    executor.close();
  }
});

const graphOf = (builder: ProgramBuilder) => programCase("refused", builder.build(), [4, 4]).graph;

Deno.test("compileSchedule() refuses a program that reads and writes one plane", () => {
  const b = new ProgramBuilder("loop");
  const plane = b.plane("plane");
  b.store(b.gather([{ plane, dy: 0, dx: 0, shift: 0 }]), [plane]);
  assertThrows(() => compileSchedule(graphOf(b), 1), RangeError, "reads and writes");
});

Deno.test("compileSchedule() refuses a tap that is further away than the columns beside a row", () => {
  for (const [dx, outputs] of [[-5, 1], [5, 1], [5, 6]]) {
    const b = new ProgramBuilder("far");
    const [from, to] = [b.plane("from"), b.plane("to")];
    const input = b.gather([{ plane: from, dy: 0, dx, shift: 0 }]);
    const layer = b.linear(input, outputs, b.parameters("weight", outputs));
    b.store(layer, Array.from({ length: outputs }, () => to));
    assertThrows(() => compileSchedule(graphOf(b), 1), RangeError, `a tap is ${dx} columns away`);
  }
});

Deno.test("compileSchedule() refuses shared weights with a ReLU or a bias", () => {
  for (const choice of ["relu", "bias"]) {
    const b = new ProgramBuilder("shared");
    const [from, to] = [b.plane("from"), b.plane("to")];
    const input = b.gather([-1, 1].map((dx) => ({ plane: from, dy: 0, dx, shift: 0 })));
    const weights = b.parameters("weight", 1);
    const extra = choice === "relu" ? { relu: true } : { bias: b.parameters("bias", 1) };
    b.store(b.linear(input, 1, weights, { map: Int32Array.of(0, 0), ...extra }), [to]);
    assertThrows(() => compileSchedule(graphOf(b), 1), RangeError, "shared weights has a bias or a ReLU");
  }
});

Deno.test("createCpuExecutor() says how much memory a picture needs that is too large for it", async () => {
  const { graph } = buildTrainingGraph(PRESETS.hop, { width: 6000, height: 4000, channels: 3, topLevel: 8 });
  await assertRejects(() => createCpuExecutor(graph, 1), RangeError, "4096 MB of memory at most, found one that needs");
});
