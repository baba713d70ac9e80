/** How much of a picture is in its finest details. */

import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { imageDetail, isSmooth } from "../../codec/detail.ts";

Deno.test("imageDetail() is what half a picture lacks, up to an odd border; isSmooth() weighs it against lambda", () => {
  const [width, height] = [149, 131];
  const flat = { width, height, channels: 3, bitDepth: 16, data: new Uint16Array(width * height * 3).fill(26214) };
  assertEquals(imageDetail(flat), 0);
  assert(isSmooth(0, 1e-9));
  // A squared error of 0.01 in green, everywhere but in the last column and row, whose samples are alone.
  const data = flat.data.slice();
  for (let i = 0; i < width * height; i++) {
    const [x, y] = [i % width, Math.floor(i / width)];
    if (x < 148 && y < 130) data[3 * i + 1] += (x + y) % 2 === 0 ? 6554 : -6554;
  }
  const lost = imageDetail({ ...flat, data });
  assertAlmostEquals(lost, (6554 / 65536) ** 2 * (148 * 130) / (149 * 131) / 3, 1e-8);
  assertEquals([isSmooth(lost, lost / 1.99), isSmooth(lost, lost / 2.01)], [true, false]);
});
