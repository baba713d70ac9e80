import { assertAlmostEquals, assertEquals } from "@std/assert";
import { type Architecture, PRESET_NAMES, type PresetName, PRESETS } from "../../bitstream/architecture.ts";
import { macPerPixel } from "../../bitstream/complexity.ts";

const KODAK = { width: 768, height: 512, channels: 3, topLevel: 6 };
/** The published counts include the fixed 3x3 output transform, which this format does not have. */
const OUTPUT_TRANSFORM = 9;
/** They count seven multiplications for a symmetric filter of seven taps where the decoder makes four, twice per latent. */
const EQUAL_TAPS = 2 * 3 * 4 / 3;

/** Sizes of the published decoders: contexts, features, hidden planes of the synthesis, 3x3 layers after them. */
const PUBLISHED: Record<PresetName, [contexts: number, features: number, width: number, tails: number]> = {
  lop: [6, 2, 8, 1],
  mop: [10, 4, 16, 2],
  hop: [14, 6, 48, 2],
  vhop: [20, 6, 64, 2],
};

/** The decoder that was published: no window, hyper grids from level 4 on, none of them synthesised, two ARM layers. */
function published(name: PresetName): Architecture {
  const [contexts, features, width, tails] = PUBLISHED[name];
  const armLayer = { outputs: contexts + features, residual: true };
  const linear = { outputs: 0, kernel: 1, residual: false, relu: false } as const;
  const tail = { outputs: 0, kernel: 3, residual: true, relu: false } as const;
  return {
    ...PRESETS[name],
    contexts,
    features,
    ifceReach: 0,
    hyperFirstLevel: 4,
    hyperPlanes: 0,
    armLayers: [armLayer, armLayer],
    synthesis: [{ ...linear, outputs: width, relu: true }, linear, ...Array.from({ length: tails }, () => tail)],
  };
}

Deno.test("macPerPixel() counts what was published for 768x512", () => {
  const counted: Record<PresetName, number[]> = {
    lop: [214, 6, 64, 191, 475],
    mop: [600, 11, 64, 352, 1027],
    hop: [1178, 17, 64, 672, 1931],
    vhop: [1949, 17, 64, 832, 2862],
  };
  for (const name of PRESET_NAMES) {
    const { arm, ifce, upsampling, synthesis, total } = macPerPixel(published(name), KODAK);
    const counts = [
      arm,
      ifce,
      upsampling + EQUAL_TAPS,
      synthesis + OUTPUT_TRANSFORM,
      total + EQUAL_TAPS + OUTPUT_TRANSFORM,
    ];
    counts.forEach((count, i) => assertAlmostEquals(count, counted[name][i], 1));
  }
});

Deno.test("macPerPixel() counts the IFCE's window once per site of the coarser level", () => {
  const [plain, window] = [0, 1].map((ifceReach) => macPerPixel({ ...PRESETS.mop, ifceReach }, KODAK).ifce);
  assertAlmostEquals(window - plain, 6 * 8 * (1 / 4 + 1 / 16 + 1 / 64), 1e-9);
});

Deno.test("macPerPixel() counts a synthesised hyper grid in all four networks", () => {
  const [without, added] = [0, 1].map((hyperPlanes) =>
    macPerPixel({ ...PRESETS.mop, hyperFirstLevel: hyperPlanes ? 2 : 3, hyperPlanes }, KODAK)
  );
  assertAlmostEquals(added.arm - without.arm, (20 * 20 + 4 * 20) / 16, 1e-9);
  assertAlmostEquals(added.ifce - without.ifce, 6 * (1 / 4 + 1 / 16), 1e-9);
  // Prefiltered at level 2, doubled to levels 1 and 0: each time 4 per site along the rows, and half of that down the columns.
  assertAlmostEquals(added.upsampling - without.upsampling, 8 / 16 + 6 / 4 + 6, 1e-9);
  assertEquals(added.synthesis - without.synthesis, 24 + 3);
});

Deno.test("macPerPixel() is itemised without remainder", () => {
  const { arm, ifce, upsampling, synthesis, total } = macPerPixel(PRESETS.hop, { ...KODAK, width: 13, topLevel: 0 });
  assertEquals(arm + ifce + upsampling + synthesis, total);
  assertEquals([ifce, upsampling], [0, 0]);
});
