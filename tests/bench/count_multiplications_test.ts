import { assert, assertEquals } from "@std/assert";
import { PRESET_NAMES, PRESETS } from "../../bitstream/architecture.ts";
import { countMultiplications } from "../../bench/count_multiplications.ts";
import { denseModel } from "../../bench/dense_model.ts";
import { type Complexity, macPerPixel } from "../../bitstream/complexity.ts";
import { PLAIN_DEFAULTS, plainArchitecture } from "../../codec/plain_architecture.ts";
import { randomModel } from "../random_model.ts";

const ARCHITECTURES = [...PRESET_NAMES.map((name) => PRESETS[name]), plainArchitecture(PLAIN_DEFAULTS)];
/** Within one band of synthesis: 32 rows. */
const SHAPES = [[75, 31, 6], [64, 32, 6], [13, 9, 2], [16, 1, 0], [33, 17, 4]];

function wholeCounts(complexity: Complexity, pixels: number): number[] {
  const { arm, ifce, upsampling, synthesis, restoration, total } = complexity;
  return [arm, ifce, upsampling, synthesis, restoration, total].map((count) => Math.round(count * pixels));
}

Deno.test("macPerPixel() is what the plain decoder multiplies, module by module", () => {
  for (const architecture of ARCHITECTURES) {
    for (const [width, height, topLevel] of SHAPES) {
      for (const channels of [1, 3]) {
        const shape = { width, height, topLevel, channels };
        for (const restoration of [undefined, { noise: 8, strengths: [1, 2, 3, 2, 1] }]) {
          const counted = countMultiplications({ ...denseModel(architecture, shape), restoration });
          const expected = macPerPixel(architecture, shape, { restored: restoration !== undefined });
          assertEquals(wholeCounts(counted, width * height), wholeCounts(expected, width * height));
        }
      }
    }
  }
});

Deno.test("countMultiplications() finds that contexts of zeros cost nothing, and the rows between bands twice", () => {
  const shape = { width: 24, height: 70, topLevel: 3, channels: 3 };
  const model = randomModel({ seed: 3, ...shape, architecture: PRESETS.mop });
  const empty = { ...model, parameters: model.parameters.map(() => 0), grids: model.grids.map((g) => g.map(() => 0)) };
  const [counted, formula] = [countMultiplications(empty), macPerPixel(PRESETS.mop, shape)];
  assert(counted.arm < formula.arm / 20, `${counted.arm}`);
  assert(counted.synthesis > formula.synthesis && counted.synthesis < 1.2 * formula.synthesis, `${counted.synthesis}`);
  assertEquals(counted.upsampling, formula.upsampling);
});

Deno.test("countMultiplications() leaves Math.imul as it was", () => {
  const before = Math.imul;
  countMultiplications(denseModel(PRESETS.lop, { width: 5, height: 4, topLevel: 1, channels: 1 }));
  assertEquals(Math.imul, before);
});

Deno.test("the original's two networks take 680 multiplications per pixel", () => {
  const kodak = { width: 768, height: 512, channels: 3, topLevel: 6 };
  const { arm, synthesis } = macPerPixel(plainArchitecture(PLAIN_DEFAULTS), kodak);
  assertEquals(Math.round(arm + synthesis), 680);
});
