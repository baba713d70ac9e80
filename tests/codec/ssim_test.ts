import { assert, assertEquals, assertThrows } from "@std/assert";
import type { Image } from "../../codec/image.ts";
import { msSsim, ssim } from "../../codec/ssim.ts";
import { randomInteger, randomSource } from "../random.ts";

function noise(width: number, height: number, channels: number, seed: number, amplitude = 255): Image {
  const random = randomSource(seed);
  const data = Uint8Array.from({ length: width * height * channels }, (_, i) => {
    const x = Math.floor(i / channels) % width;
    return Math.min(255, 100 + 40 * Math.sin(x / 5) + randomInteger(random, 0, amplitude) - amplitude / 2);
  });
  return { width, height, channels, bitDepth: 8, data };
}

/** The formula, window by window. */
function obviousSsim(a: Image, b: Image): number {
  const weights = Array.from({ length: 11 }, (_, i) => Math.exp(-((i - 5) ** 2) / (2 * 1.5 ** 2)));
  const total = weights.reduce((sum, weight) => sum + weight) ** 2;
  const luma = (image: Image, i: number) =>
    image.channels === 1
      ? image.data[i] / 255
      : (0.299 * image.data[3 * i] + 0.587 * image.data[3 * i + 1] + 0.114 * image.data[3 * i + 2]) / 255;
  let [sum, count] = [0, 0];
  for (let top = 0; top + 11 <= a.height; top++) {
    for (let left = 0; left + 11 <= a.width; left++, count++) {
      let [mx, my, xx, yy, xy] = [0, 0, 0, 0, 0];
      for (let k = 0; k < 121; k++) {
        const [dy, dx] = [Math.floor(k / 11), k % 11];
        const [w, at] = [weights[dy] * weights[dx] / total, (top + dy) * a.width + left + dx];
        const [x, y] = [luma(a, at), luma(b, at)];
        [mx, my, xx, yy, xy] = [mx + w * x, my + w * y, xx + w * x * x, yy + w * y * y, xy + w * x * y];
      }
      const structure = (2 * (xy - mx * my) + 0.0009) / (xx - mx * mx + yy - my * my + 0.0009);
      sum += structure * (2 * mx * my + 0.0001) / (mx * mx + my * my + 0.0001);
    }
  }
  return sum / count;
}

Deno.test("ssim() is the mean of the formula over all windows, gray and RGB", () => {
  for (const [channels, width, height] of [[1, 11, 11], [1, 20, 15], [3, 14, 23]]) {
    const [a, b] = [noise(width, height, channels, 1, 20), noise(width, height, channels, 2, 60)];
    const [received, expected] = [ssim(a, b)!, obviousSsim(a, b)];
    assert(Math.abs(received - expected) < 1e-9, `${received} instead of ${expected}`);
  }
});

Deno.test("ssim() and msSsim() are 1 for equal images and fall with noise", () => {
  const image = noise(180, 176, 3, 1, 10);
  assert(Math.abs(ssim(image, image)! - 1) < 1e-12 && Math.abs(msSsim(image, image)! - 1) < 1e-12);
  const [little, much] = [noise(180, 176, 3, 2, 10), noise(180, 176, 3, 3, 120)];
  assert(ssim(image, little)! > ssim(image, much)!);
  assert(1 > msSsim(image, little)! && msSsim(image, little)! > msSsim(image, much)!);
});

Deno.test("ssim() and msSsim() have no answer for images smaller than their windows", () => {
  assertEquals(ssim(noise(10, 40, 1, 1), noise(10, 40, 1, 2)), undefined);
  assertEquals(msSsim(noise(175, 300, 1, 1), noise(175, 300, 1, 2)), undefined);
  assertThrows(() => ssim(noise(12, 12, 1, 1), noise(12, 12, 3, 1)), RangeError, "1 channels");
});

Deno.test("msSsim() of a negative is 0, not NaN", () => {
  const image = noise(176, 176, 1, 1, 10);
  assertEquals(msSsim(image, { ...image, data: image.data.map((sample) => 255 - sample) as Uint8Array }), 0);
});

Deno.test("ssim() does not depend on the depth of the samples", () => {
  const [a, b] = [noise(30, 30, 1, 1, 20), noise(30, 30, 1, 2, 20)];
  const deep = (image: Image) => ({ ...image, bitDepth: 16, data: Uint16Array.from(image.data, (v) => 257 * v) });
  assert(Math.abs(ssim(a, b)! - ssim(deep(a), deep(b))!) < 1e-12);
});
