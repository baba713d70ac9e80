import { assertEquals } from "@std/assert";
import type { Image } from "../../../codec/image.ts";
import { reconstructRows } from "../../../codec/fast_decode/fast_reconstruct.ts";
import { restoreFast } from "../../../codec/fast_decode/fast_restore.ts";
import { reconstruct } from "../../../codec/reconstruct.ts";
import { fineDepth, restore } from "../../../codec/reconstruct/restoration.ts";
import { randomInteger, randomSource } from "../../random.ts";
import { randomModel } from "../../random_model.ts";

/** Fine samples: waves in all directions, flat parts, noise of any strength, and edges from black to white. */
function finePicture(random: () => number): Image {
  const [width, height] = [randomInteger(random, 1, 40), randomInteger(random, 1, 12)];
  const channels = randomInteger(random, 1, 4);
  const [fx, fy, noise] = [random() * random(), random() * random(), 600 * random() ** 4];
  const amplitude = 4000 * random();
  const data = Uint16Array.from({ length: width * height * channels }, (_, i) => {
    const [x, y] = [Math.floor(i / channels) % width, Math.floor(i / channels / width)];
    const wave = random() < 0.01 ? 1e5 * (random() - 0.5) : amplitude * Math.sin(fx * x + fy * y + i % channels);
    return Math.min(Math.max(2048 + wave + noise * (random() - 0.5), 0), 4095);
  });
  return { width, height, channels, bitDepth: fineDepth(8), data };
}

Deno.test("restoreFast() gives the plain twin's picture", () => {
  for (let seed = 0; seed < 300; seed++) {
    const random = randomSource(seed);
    const fine = finePicture(random);
    const restoration = {
      noise: randomInteger(random, 1, random() < 0.1 ? 255 : 30),
      strengths: Array.from({ length: 5 }, () => randomInteger(random, 0, 7)),
    };
    assertEquals(restoreFast(fine, restoration, 8), restore(fine, restoration, 8), `seed ${seed}`);
  }
});

Deno.test("reconstructRows() restores bands as parts of the whole picture", () => {
  for (let seed = 0; seed < 40; seed++) {
    const model = randomModel({ seed, height: 17, restoration: true, extreme: seed % 3 === 2 });
    const { width, channels } = model.shape;
    const whole = reconstruct(model).data;
    for (const rows of [{ first: 0, end: 5 }, { first: 5, end: 6 }, { first: 6, end: 17 }]) {
      const expected = whole.slice(rows.first * width * channels, rows.end * width * channels);
      assertEquals(reconstructRows(model, rows), expected, `seed ${seed}, rows ${rows.first} to ${rows.end}`);
    }
  }
});
