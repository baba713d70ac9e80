import { assert, assertEquals } from "@std/assert";
import { latentGrids } from "../../bitstream/architecture.ts";
import { writeModel } from "../../bitstream/write.ts";
import { bitMap, priceLatents } from "../../codec/latent_bits.ts";
import { encode } from "../../codec/encode.ts";
import { testPicture } from "../files/png_maker.ts";
import { randomModel } from "../random_model.ts";

Deno.test("priceLatents() adds up to the latents' part of an encoded file", async () => {
  const options = { iterations: 200, preset: "lop", device: "cpu", lambda: 3e-5 } as const;
  const { bytes, report } = await encode(testPicture(60, 45), options);
  const { totalBits } = priceLatents(bytes);
  const latentBits = report.rateLatentBpp * 60 * 45;
  // 3 bits name the run table, the coder ends within a byte or two.
  assert(Math.abs(latentBits - totalBits) < 24 + 0.002 * latentBits, `${totalBits} of ${latentBits} bits`);
});

Deno.test("priceLatents() is near the latents' part of any file, whatever the model", () => {
  for (let seed = 0; seed < 20; seed++) {
    const model = randomModel({
      seed,
      width: 60 + seed,
      height: 45,
      extreme: seed % 5 === 4,
      defaults: seed % 33,
      synthesisDefaults: seed % 2 === 0,
    });
    const { bytes, sections } = writeModel(model, 0);
    const { totalBits, grids } = priceLatents(bytes);
    // Random latents take many decisions that the model thinks unlikely; the coder rounds in favour of those.
    const excess = 8 * sections.latents - totalBits;
    assert(
      Math.abs(excess) < 8 + 16 * model.streams + 0.06 * totalBits,
      `seed ${seed}: ${excess} of ${totalBits} bits`,
    );
    assertEquals(grids.map(({ latents }) => latents), [...model.grids]);
  }
});

Deno.test("bitMap() adds up to the latents' bits, and gives each latent's to the pixels it stands for", () => {
  const model = randomModel({ seed: 5, width: 21, height: 13, topLevel: 4 });
  const priced = priceLatents(writeModel(model, 0).bytes);
  const map = bitMap(priced);
  const total = map.reduce((a, b) => a + b, 0);
  assert(Math.abs(total - priced.totalBits) < 1e-6 * priced.totalBits, `${total} instead of ${priced.totalBits}`);
  const top = latentGrids(model.architecture, model.shape).findIndex(({ level, hyper }) => level === 4 && !hyper);
  const alone = { ...priced, grids: [{ ...priced.grids[top], bits: Float64Array.of(0, 10) }] };
  // Level 4 has two columns here: the right one stands for 5 columns of 13 pixels.
  assertEquals([bitMap(alone)[15], bitMap(alone)[16]], [0, 10 / 65]);
});
