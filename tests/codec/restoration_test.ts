import { assert, assertEquals } from "@std/assert";
import { restorationExtension, restorationWeights } from "../../bitstream/restoration.ts";
import { chooseRestoration, noiseOf } from "../../codec/choose_restoration.ts";
import { encode } from "../../codec/encode.ts";
import { decode } from "../../codec/decode.ts";
import type { Image } from "../../codec/image.ts";
import { readInfo } from "../../codec/info.ts";
import { integerBackend } from "../../codec/integer_backend.ts";
import { meanSquaredError } from "../../codec/metrics.ts";
import { fineDepth, fineModel, restore } from "../../codec/reconstruct/restoration.ts";
import { siteClasses } from "../../codec/reconstruct/site_classes.ts";
import { randomInteger, randomSource } from "../random.ts";
import { randomModel } from "../random_model.ts";

/** The filter as FORMAT.md says it, site by site. */
function directly(fine: Image, { noise, strengths }: { noise: number; strengths: number[] }, bitDepth: number) {
  const { width, height, channels, data, bitDepth: depth } = fine;
  const limit = (n: number, size: number) => Math.min(Math.max(n, 0), size - 1);
  const x = (col: number, row: number, c: number) =>
    data[(limit(row, height) * width + limit(col, width)) * channels + c];
  const L = (col: number, row: number) => {
    const sum = channels < 3 ? 4 * x(col, row, 0) : x(col, row, 0) + 2 * x(col, row, 1) + x(col, row, 2);
    return Math.floor(sum / 2 ** (depth - 8));
  };
  const sums = (col: number, row: number) => {
    const total = [0, 0, 0, 0];
    for (let dy = -1; dy <= 1; dy++) {
      for (let dx = -1; dx <= 1; dx++) {
        const [i, j] = [limit(col + dx, width), limit(row + dy, height)];
        total[0] += Math.abs(2 * L(i, j) - L(i - 1, j) - L(i + 1, j));
        total[1] += Math.abs(2 * L(i, j) - L(i, j - 1) - L(i, j + 1));
        total[2] += Math.abs(2 * L(i, j) - L(i - 1, j - 1) - L(i + 1, j + 1));
        total[3] += Math.abs(2 * L(i, j) - L(i - 1, j + 1) - L(i + 1, j - 1));
      }
    }
    return total;
  };
  const limits = [14, 27, 54, 90, 144, 216, 324, 497, 763].map((m) => Math.floor(m * noise / 8));
  const table = restorationWeights([1, 1, 1, 1, 1]);
  const pairs = [[1, 0], [2, 0], [0, 1], [0, 2], [-1, 1], [1, 1]];
  const seen = new Set<number>();
  const samples: number[] = [];
  for (let row = 0; row < height; row++) {
    for (let col = 0; col < width; col++) {
      const [H, V, P, Q] = sums(col, row);
      const group = limits.filter((m) => m < H + V).length;
      const [A, a, B, b] = [Math.max(H, V) + 4, Math.min(H, V) + 4, Math.max(P, Q) + 4, Math.min(P, Q) + 4];
      const straight = A * b > B * a;
      const [more, less] = straight ? [A, a] : [B, b];
      const degree = [less + (less >> 2), less + (less >> 1), 2 * less, 3 * less].filter((m) => m < more).length;
      const direction = degree === 0 ? 0 : straight ? 2 * degree - 1 : 2 * degree;
      const weights = [...table.subarray((9 * group + direction) * 24, (9 * group + direction) * 24 + 6)];
      if (H > V) weights.splice(0, 4, weights[2], weights[3], weights[0], weights[1]);
      if (P > Q) weights.splice(4, 2, weights[5], weights[4]);
      seen.add(9 * group + direction);
      const t = depth - bitDepth + 10;
      for (let c = 0; c < channels; c++) {
        const change = pairs.reduce(
          (sum, [dx, dy], k) =>
            sum + weights[k] * (x(col + dx, row + dy, c) + x(col - dx, row - dy, c) - 2 * x(col, row, c)),
          0,
        );
        const sum = 1024 * x(col, row, c) + strengths[group >> 1] * change;
        samples.push(Math.min(Math.max(Math.floor((sum + 2 ** (t - 1)) / 2 ** t), 0), 2 ** bitDepth - 1));
      }
    }
  }
  return { samples, seen };
}

/** Stripes in a random direction, with noise. */
function stripes(random: () => number, bitDepth: number): Image {
  const [width, height, channels] = [
    randomInteger(random, 1, 30),
    randomInteger(random, 1, 20),
    randomInteger(random, 1, 4),
  ];
  const depth = fineDepth(bitDepth);
  const [fx, fy] = [2 * (random() - 0.5), 2 * (random() - 0.5)];
  const [height0, noise] = [random() ** 2, random() ** 6];
  const data = Uint16Array.from({ length: width * height * channels }, (_, i) => {
    const [x, y] = [Math.floor(i / channels) % width, Math.floor(i / channels / width)];
    const value = 0.5 + 0.5 * height0 * Math.sin(fx * x + fy * y) + noise * (random() - 0.5);
    return Math.round(Math.min(Math.max(value, 0), 1) * (2 ** depth - 1));
  });
  return { width, height, channels, bitDepth: depth, data };
}

Deno.test("restore() is the filter of FORMAT.md, for all depths and classes", () => {
  const seen = new Set<number>();
  for (let seed = 0; seed < 120; seed++) {
    const random = randomSource(seed);
    const bitDepth = [8, 8, 10, 12, 13, 16][seed % 6];
    const fine = stripes(random, bitDepth);
    const noise = randomInteger(random, 1, random() < 0.1 ? 255 : 30);
    const restoration = { noise, strengths: Array.from({ length: 5 }, () => randomInteger(random, 0, 7)) };
    const expected = directly(fine, restoration, bitDepth);
    expected.seen.forEach((site) => seen.add(site));
    const { data, ...shape } = restore(fine, restoration, bitDepth);
    assertEquals([...data], expected.samples, `seed ${seed}`);
    assertEquals(shape, { width: fine.width, height: fine.height, channels: fine.channels, bitDepth });
  }
  assertEquals(seen.size, 90);
});

Deno.test("restore() with strengths of 0 rounds, and leaves a flat picture alone whatever they are", () => {
  const random = randomSource(5);
  const fine = stripes(random, 8);
  const rounded = restore(fine, { noise: 9, strengths: [0, 0, 0, 0, 0] }, 8);
  assertEquals([...rounded.data], [...fine.data].map((sample) => Math.min((sample + 8) >> 4, 255)));
  const flat = { ...fine, data: fine.data.map(() => 1234) };
  const restored = restore(flat, { noise: 3, strengths: [6, 6, 6, 6, 6] }, 8);
  assertEquals(new Set(restored.data), new Set([77]));
});

Deno.test("restore() brings a noisy edge closer to what it was", () => {
  const [width, height] = [64, 64];
  const random = randomSource(3);
  const clean = Uint8Array.from({ length: width * height }, (_, i) => {
    const across = (i % width) * 0.8 + Math.floor(i / width) * 0.6;
    return Math.round(128 + 60 * Math.tanh((across - 45) / 3));
  });
  const image = { width, height, channels: 1, bitDepth: 8, data: clean };
  const data = Uint16Array.from(clean, (sample) => Math.round(16 * (sample + 8 * (random() + random() - 1))));
  const fine = { ...image, bitDepth: 12, data };
  const error = (strength: number) =>
    meanSquaredError(image, restore(fine, { noise: noiseOf(fine, image), strengths: Array(5).fill(strength) }, 8));
  assert(error(7) < 0.8 * error(0), `${error(7)} and ${error(0)}`);
});

Deno.test("siteClasses() finds the directions of stripes", () => {
  const directionsOf = (dx: number, dy: number) => {
    const data = Uint16Array.from(
      { length: 400 },
      (_, i) => 2000 + 500 * Math.sin((i % 20) * dx + Math.floor(i / 20) * dy),
    );
    const classes = siteClasses({ width: 20, height: 20, channels: 1, bitDepth: 12, data }, 4);
    const middle = classes[10 * 20 + 10];
    return [Math.floor(middle / 4) % 9, middle % 4];
  };
  assertEquals(directionsOf(0.8, 0)[0], 7);
  assertEquals(directionsOf(0.8, 0)[1] & 1, 1);
  assertEquals(directionsOf(0, 0.8)[0], 7);
  assertEquals(directionsOf(0, 0.8)[1] & 1, 0);
  assertEquals(directionsOf(0.6, 0.6), [8, 2]);
  assertEquals(directionsOf(0.6, -0.6), [8, 0]);
});

Deno.test("chooseRestoration() lowers the cost of a model, and gives none where it does not", () => {
  const backend = integerBackend();
  const lambda = 1e-3;
  for (let seed = 0; seed < 12; seed++) {
    const model = randomModel({ seed, width: 48, height: 32, bitDepth: 8 });
    const exact = backend.reconstruct(model);
    assertEquals(chooseRestoration(model, exact, { lambda, backend }), undefined);
    const random = randomSource(seed);
    const fine = backend.reconstruct(fineModel(model));
    const smooth = restore(fine, { noise: 30, strengths: [6, 6, 6, 6, 6] }, 8);
    const image = { ...smooth, data: smooth.data.map((sample) => Math.min(255, sample + randomInteger(random, 0, 1))) };
    const restoration = chooseRestoration(model, image, { lambda, backend });
    const cost = (filter: typeof restoration) => {
      const bytes = filter ? restorationExtension(filter).data.length + 3 : 0;
      const error = meanSquaredError(image, backend.reconstruct({ ...model, restoration: filter }));
      return error / 255 ** 2 + lambda * 8 * bytes / (48 * 32);
    };
    assert(cost(restoration) <= cost(undefined), `seed ${seed}`);
    if (meanSquaredError(exact, smooth) > 40) assert(restoration, `seed ${seed}`);
  }
});

Deno.test("encode() restores where that pays, and not if it is left out", async () => {
  const random = randomSource(2);
  const [width, height] = [96, 64];
  const data = Uint8Array.from({ length: 3 * width * height }, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width)];
    return 128 + 70 * Math.sin(x / 5 + y / 9) + 40 * Math.sign(Math.sin(y / 11 - x / 30)) + 6 * random();
  });
  const image = { width, height, channels: 3, bitDepth: 8, data };
  const options = { preset: "lop", iterations: 120, lambda: 2e-4, device: "cpu", threads: 1 } as const;
  const [plain, restored] = [
    await encode(image, { ...options, without: ["restoration"] }),
    await encode(image, options),
  ];
  assertEquals([plain, restored].map(({ bytes }) => readInfo(bytes).extensions), [{}, { restoration: 3 }]);
  assert(restored.report.macPerPixel.restoration === 20 && plain.report.macPerPixel.restoration === 0);
  const cost = ({ report }: typeof plain) => 10 ** (-report.psnrDb / 10) + options.lambda * report.bpp;
  assert(cost(restored) < cost(plain));
  assertEquals(decode(restored.bytes, { decoder: "plain" }), decode(restored.bytes));
});
