/** The search on quantised latents: what it saves is real, and it mends what moved latents did. */

import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import * as fc from "fast-check";
import { predictedMu, predictedScale } from "../../bitstream/integer_arm.ts";
import { predictLatents } from "../../bitstream/latents.ts";
import type { QuantisedModel } from "../../bitstream/quantised_model.ts";
import type { Image } from "../../codec/image.ts";
import { nextBatch } from "../../codec/latent_moves.ts";
import { meanSquaredError } from "../../codec/metrics.ts";
import { type Move, WINDOW_REACH } from "../../codec/priced_model.ts";
import { reconstruct } from "../../codec/reconstruct.ts";
import { refineLatents } from "../../codec/refine_latents.ts";
import { symbolCostBits } from "../../codec/symbol_cost.ts";
import { randomModel } from "../random_model.ts";
import { SMALL_DECODER } from "../small_decoder.ts";

/** Distortion and latent bits, in bits, by the plain decoder. */
function plainCost(model: QuantisedModel, image: Image, lambda: number): number {
  let bits = 0;
  predictLatents(model, model.grids).forEach((predictions, g) =>
    predictions.forEach((prediction, i) => {
      bits += symbolCostBits(model.grids[g][i], predictedMu(prediction), predictedScale(prediction));
    })
  );
  const { width, height, bitDepth } = image;
  const peak = 2 ** bitDepth - 1;
  return bits + meanSquaredError(image, reconstruct(model)) / peak ** 2 * width * height / lambda;
}

/** A model whose own picture is the image, with every 50th latent of the finest grid moved by one. */
function disturbed({ channels = 3, bitDepth = 8 } = {}) {
  const size = { width: 48, height: 40, topLevel: 4, channels, bitDepth, streams: 1 };
  const model = randomModel({ seed: 4, ...size, architecture: SMALL_DECODER });
  const image = reconstruct(model);
  const finest = model.grids.at(-1)!;
  for (let i = 25; i < finest.length; i += 50) finest[i] += 1;
  return { model, image };
}

const LAMBDA = 1e-5;

Deno.test("refineLatents() saves the bits that it says, in distortion and rate together", async () => {
  for (const shape of [{}, { channels: 1 }, { channels: 4, bitDepth: 10 }]) {
    const { model, image } = disturbed(shape);
    const before = plainCost(model, image, LAMBDA);
    const saved = await refineLatents(model, image, { lambda: LAMBDA, passes: 300 });
    assert(saved > 0.02 * before, `saved ${saved} of ${before}`);
    assertAlmostEquals(before - plainCost(model, image, LAMBDA), saved, 1e-6 * before);
  }
});

Deno.test("refineLatents() mends what moved latents have done to the picture where bits cost next to nothing", async () => {
  const { model, image } = disturbed();
  const before = meanSquaredError(image, reconstruct(model));
  await refineLatents(model, image, { lambda: 1e-8, passes: 300 });
  const after = meanSquaredError(image, reconstruct(model));
  // A random synthesis shows most latents hardly at all.
  assert(after < 0.9 * before, `${after} of ${before}`);
});

Deno.test("refineLatents() leaves the model alone without passes, without time and when aborted", async () => {
  const { model, image } = disturbed();
  const grids = model.grids.map((grid) => grid.slice());
  for (const options of [{ passes: 0 }, { passes: 1 }, { passes: 100, until: -1 }]) {
    assertEquals(await refineLatents(model, image, { lambda: LAMBDA, ...options }), 0);
    assertEquals(model.grids, grids);
  }
  const signal = AbortSignal.abort(new Error("stop"));
  await assertRejects(() => refineLatents(model, image, { lambda: LAMBDA, passes: 100, signal }), Error, "stop");
});

Deno.test("refineLatents() can be aborted on the way", async () => {
  const { model, image } = disturbed();
  const controller = new AbortController();
  setTimeout(() => controller.abort(new Error("stop")));
  const endless = { lambda: LAMBDA, passes: 1e9, signal: controller.signal };
  const untilAborted = async () => {
    for (;;) await refineLatents(model, image, endless);
  };
  await assertRejects(untilAborted, Error, "stop");
});

Deno.test("nextBatch() splits moves so that no two windows of a batch overlap, and takes all that fit", () => {
  const cases = fc.record({ width: fc.integer({ min: 1, max: 40 }), height: fc.integer({ min: 1, max: 30 }) })
    .chain((size) =>
      fc.tuple(fc.constant(size), fc.uniqueArray(fc.nat(size.width * size.height - 1), { maxLength: 300 }))
    );
  fc.assert(fc.property(cases, ([size, indices]) => {
    const moves: Move[] = indices.map((index) => ({ index, delta: 1 }));
    const { batch, rest } = nextBatch(moves, size);
    assertEquals(new Set([...batch, ...rest]), new Set(moves));
    const near = (a: Move, b: Move) =>
      Math.abs(a.index % size.width - b.index % size.width) <= 2 * WINDOW_REACH &&
      Math.abs(Math.floor(a.index / size.width) - Math.floor(b.index / size.width)) <= 2 * WINDOW_REACH;
    for (const a of batch) assert(batch.every((b) => a === b || !near(a, b)));
    for (const a of rest) assert(batch.some((b) => near(a, b)));
  }));
});
