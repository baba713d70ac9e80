import { assert, assertEquals, assertRejects } from "@std/assert";
import { cutCrops } from "../../defaults/crops.ts";
import type { Image } from "../../mod.ts";

/** Each sample tells where it is from: picture, column, row. */
function picture(name: number, width: number, height: number): Image {
  const data = Uint8Array.from({ length: 3 * width * height }, (_, i) => {
    const pixel = Math.floor(i / 3);
    return [name, pixel % width, Math.floor(pixel / width)][i % 3];
  });
  return { width, height, channels: 3, bitDepth: 8, data };
}

const SIZES: readonly [number, number][] = [[20, 9], [9, 30], [40, 25]];
const read = (path: string) => Promise.resolve(picture(Number(path), ...SIZES[Number(path)]));

Deno.test("cutCrops() takes all pictures in turn, each crop from one place of one picture", async () => {
  const crops = await cutCrops(["0", "1", "2"], { count: 6, size: 8, seed: 5 }, read);
  assertEquals(crops.map(({ width, height, data }) => [width, height, data.length]), Array(6).fill([8, 8, 192]));
  const names = crops.map(({ data }) => data[0]);
  assertEquals(new Set(names.slice(0, 3)), new Set([0, 1, 2]));
  assertEquals(names.slice(3), names.slice(0, 3));
  for (const { data } of crops) {
    // From one pixel to the next, or every second one where the picture was halved.
    const step = data[3 + 1] - data[1];
    assert(step === 1 || step === 2);
    for (let i = 0; i < 64; i++) {
      const expected = [data[0], data[1] + step * (i % 8), data[2] + step * Math.floor(i / 8)];
      assertEquals([...data.subarray(3 * i, 3 * i + 3)], expected);
    }
  }
});

Deno.test("cutCrops() halves every third picture that is large enough", async () => {
  const crops = await cutCrops(["2"], { count: 6, size: 8, seed: 5 }, read);
  assertEquals(crops.map(({ data }) => data[3 + 1] - data[1]), [1, 1, 2, 1, 1, 2]);
});

Deno.test("cutCrops() gives equal crops for equal seeds, and refuses small and gray pictures", async () => {
  const cut = (seed: number) => cutCrops(["0", "2"], { count: 4, size: 8, seed }, read);
  assertEquals(await cut(1), await cut(1));
  assert(JSON.stringify(await cut(1)) !== JSON.stringify(await cut(2)));
  await assertRejects(() => cutCrops(["0"], { count: 1, size: 10, seed: 1 }, read), RangeError, "found 20x9");
  const gray = () => Promise.resolve({ ...picture(0, 9, 9), channels: 1 });
  await assertRejects(() => cutCrops(["gray"], { count: 1, size: 8, seed: 1 }, gray), RangeError, "1 channels in gray");
});
