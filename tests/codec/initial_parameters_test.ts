/** Fine planes of a fresh decoder have roles: brightness and two colours. */

import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { type Architecture, type ImageShape, PRESET_NAMES, PRESETS } from "../../bitstream/architecture.ts";
import { findTensor, parameterGroups } from "../../bitstream/parameters.ts";
import { initialParameters } from "../../codec/initial_parameters.ts";

const RGB: ImageShape = { width: 64, height: 48, channels: 3, topLevel: 5 };
/** Levels 0 to 3; the second planes of levels 2 and 3; levels 4 and 5. */
const MAIN_PLANES = [0, 1, 2, 4];
const [BLUE_RED_PLANE, MAGENTA_GREEN_PLANE] = [3, 5];
const COARSE_PLANES = [6, 7];

/** Weights from the planes to each channel, `[channels][planes]`. */
function stabiliserOf(arch: Architecture, shape: ImageShape, seed = 1): number[][] {
  const groups = parameterGroups(arch, shape);
  const mean = Array.from({ length: shape.channels }, () => 0.5);
  const values = initialParameters(arch, shape, { groups, seed, mean });
  const { offset, rows, cols } = findTensor(groups, "synthesis.stabiliser");
  return Array.from({ length: rows }, (_, row) => [...values.subarray(offset + row * cols, offset + (row + 1) * cols)]);
}

Deno.test("fine main planes of a fresh decoder are brightness, second planes blue-red and magenta-green", () => {
  for (const preset of PRESET_NAMES) {
    const [red, green, blue] = stabiliserOf(PRESETS[preset], RGB);
    for (const plane of MAIN_PLANES) {
      assert(red[plane] > 0);
      assertEquals([green[plane], blue[plane]], [red[plane], red[plane]]);
    }
    assert(red[BLUE_RED_PLANE] > 0 && green[BLUE_RED_PLANE] === 0);
    assertEquals(blue[BLUE_RED_PLANE], -red[BLUE_RED_PLANE]);
    assert(red[MAGENTA_GREEN_PLANE] > 0 && green[MAGENTA_GREEN_PLANE] < 0);
    assertEquals(blue[MAGENTA_GREEN_PLANE], red[MAGENTA_GREEN_PLANE]);
  }
});

Deno.test("weights of coarse planes and of alpha differ with the seed, those of fine planes to colours do not", () => {
  const shape = { ...RGB, channels: 4 };
  const [first, second] = [1, 2].map((seed) => stabiliserOf(PRESETS.mop, shape, seed));
  const fine = [...MAIN_PLANES, BLUE_RED_PLANE, MAGENTA_GREEN_PLANE];
  for (const channel of [0, 1, 2, 3]) {
    for (const plane of [...fine, ...COARSE_PLANES]) {
      const same = first[channel][plane] === second[channel][plane];
      assertEquals(same, channel < 3 && fine.includes(plane), `channel ${channel}, plane ${plane}`);
    }
  }
});

Deno.test("without colours, or without two fine second planes, a fresh decoder is random", () => {
  const withoutRoles: [Architecture, ImageShape][] = [
    [PRESETS.mop, { ...RGB, channels: 1 }],
    [PRESETS.mop, { ...RGB, channels: 2 }],
    [{ ...PRESETS.mop, hyperPlanes: 0 }, RGB],
    [{ ...PRESETS.mop, hyperFirstLevel: 4 }, RGB],
    [PRESETS.mop, { ...RGB, topLevel: 2 }],
  ];
  for (const [arch, shape] of withoutRoles) {
    assertNotEquals(stabiliserOf(arch, shape, 1), stabiliserOf(arch, shape, 2));
  }
});
