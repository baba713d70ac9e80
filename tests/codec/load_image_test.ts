/** What an executor is given of an image. */

import { assertAlmostEquals, assertEquals } from "@std/assert";
import { PRESETS } from "../../bitstream/architecture.ts";
import { loadImage } from "../../codec/load_image.ts";
import { buildTrainingGraph } from "../../codec/training_graph.ts";
import { ReferenceExecutor } from "../../kernels/reference/executor.ts";

const SHAPE = { width: 2, height: 2, channels: 3, topLevel: 1 };
const IMAGE = {
  ...{ width: 2, height: 2, channels: 3, bitDepth: 8 },
  data: Uint8Array.of(0, 128, 250, 64, 128, 250, 128, 128, 250, 64, 128, 10),
};

async function loaded(choices?: { centred: boolean }) {
  const training = buildTrainingGraph(PRESETS.lop, SHAPE);
  const executor = new ReferenceExecutor(training.graph);
  const mean = await loadImage(executor, training, IMAGE, choices);
  return { mean, planes: await Promise.all(training.image.map(async (plane) => [...await executor.readPlane(plane)])) };
}

Deno.test("loadImage() writes samples in units of 2^-bitDepth and gives the mean of each plane", async () => {
  const { mean, planes } = await loaded();
  assertEquals(mean, [0.25, 0.5, 190 / 256]);
  assertEquals(planes, [[0, 0.25, 0.5, 0.25], [0.5, 0.5, 0.5, 0.5], [250, 250, 250, 10].map((value) => value / 256)]);
});

Deno.test("loadImage() moves a centred image to a mean of one half, as far as samples stay in range", async () => {
  const { mean, planes } = await loaded({ centred: true });
  assertEquals(mean, [0.5, 0.5, 0.5]);
  assertEquals(planes.slice(0, 2), [[0.25, 0.5, 0.75, 0.5], [0.5, 0.5, 0.5, 0.5]]);
  [188, 188, 188, 0].forEach((value, i) => assertAlmostEquals(planes[2][i], value / 256, 1e-6));
});
