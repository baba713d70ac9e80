/** The target of a training that will be restored: the picture less what the filter adds, in steps, where that pays. */

import { assert, assertEquals } from "@std/assert";
import { PRESETS } from "../../bitstream/architecture.ts";
import { createExecutor } from "../../codec/device.ts";
import type { Image } from "../../codec/image.ts";
import { initialParameters } from "../../codec/initial_parameters.ts";
import { channelSamples, loadImage } from "../../codec/load_image.ts";
import { RestorationTarget } from "../../codec/restoration_target.ts";
import { buildTrainingGraph } from "../../codec/training_graph.ts";
import { readPlanes } from "../../kernels/executor.ts";
import { randomSource } from "../random.ts";

const SHAPE = { width: 48, height: 40, channels: 3, topLevel: 3 };

/** A picture whose edges no fresh decoder shows. */
function stripes(): Image {
  const data = Uint8Array.from({ length: 48 * 40 * 3 }, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % 48, Math.floor(i / 144)];
    return 128 + 50 * Math.sin(0.3 * x + 0.2 * y + i % 3);
  });
  return { width: 48, height: 40, channels: 3, bitDepth: 8, data };
}

async function withTarget(
  lambda: number,
  work: (state: { target: RestorationTarget; planes: () => Promise<Float32Array[]>; image: Image }) => Promise<void>,
): Promise<void> {
  const image = stripes();
  const training = buildTrainingGraph(PRESETS.lop, SHAPE);
  const executor = await createExecutor(training.graph, { device: "cpu", threads: 1 });
  try {
    const mean = await loadImage(executor, training, image);
    await executor.writeParameters(initialParameters(PRESETS.lop, SHAPE, { groups: training.groups, seed: 1, mean }));
    const random = randomSource(3);
    for (const plane of training.latents) {
      const { width, height } = training.graph.planes[plane];
      await executor.writePlane(plane, Float32Array.from({ length: width * height }, () => 8 * (random() - 0.5)));
    }
    const schedule = { iterations: 1000, lambda, seed: 1, channels: 3, pixels: 48 * 40 };
    const target = new RestorationTarget(executor, { training, image, schedule });
    await work({ target, planes: () => readPlanes(executor, training.image), image });
  } finally {
    executor.close();
  }
}

function samplesOf(image: Image): Float32Array[] {
  return [0, 1, 2].map((channel) => channelSamples(image, channel));
}

Deno.test("RestorationTarget moves the target of a noisy output against what the filter adds, in steps", async () => {
  await withTarget(1e-6, async ({ target, planes, image }) => {
    await target.onInterval(0);
    assertEquals(await planes(), samplesOf(image));
    await target.onInterval(40);
    const moved = await planes();
    const differences = moved.map((plane, c) => plane.map((value, i) => value - samplesOf(image)[c][i]));
    const largest = Math.max(...differences.map((plane) => Math.max(...plane.map(Math.abs))));
    assert(largest > 1e-3 && largest < 0.5, `${largest}`);
    // Not before the next step, and the same for the same output.
    await target.onInterval(41);
    assertEquals(await planes(), moved);
    await target.onInterval(60);
    assertEquals(await planes(), moved);
  });
});

Deno.test("RestorationTarget leaves the picture as it is where the filter would save less than it costs", async () => {
  await withTarget(1e3, async ({ target, planes, image }) => {
    await target.onInterval(500);
    assertEquals(await planes(), samplesOf(image));
  });
});

Deno.test("RestorationTarget stays in the last part of a training", async () => {
  await withTarget(1e-6, async ({ target, planes, image }) => {
    await target.onInterval(960);
    assertEquals(await planes(), samplesOf(image));
  });
});
