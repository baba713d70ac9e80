/**
 * Draws the project's sample picture: photograph-like, with smooth gradients, soft and sharp edges, fine texture, small
 * letters and sensor noise. The same size and seed give the same picture.
 */

import type { Image } from "../mod.ts";
import { house } from "./house.ts";
import { farSide, meadow, meadowEdge, SHORE_Y, water } from "./landscape.ts";
import { type Canvas, paintPlants } from "./plants.ts";
import { mix, type Rgb, step } from "./texture.ts";

/** Size of the picture; it is composed for 3:2. */
export interface SampleOptions {
  readonly width: number;
  readonly height: number;
  /** Seed of the sensor noise. */
  readonly seed?: number;
}

/** The sample picture, 8-bit RGB. */
export function drawSample({ width, height, seed = 1 }: SampleOptions): Image {
  const canvas: Canvas = { width, height, light: new Float32Array(width * height * 3) };
  paintScene(canvas);
  paintPlants(canvas);
  return { width, height, channels: 3, bitDepth: 8, data: expose(canvas, randomSource(seed)) };
}

function paintScene({ width, height, light }: Canvas): void {
  const pixel = 1 / height;
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      light.set(scene((column + 0.5) * pixel, (row + 0.5) * pixel, pixel), 3 * (row * width + column));
    }
  }
}

function scene(x: number, y: number, pixel: number): Rgb {
  const beyond = y < SHORE_Y ? aboveShore(x, y, pixel) : water(x, y, (sx, sy) => aboveShore(sx, sy, pixel));
  const edge = meadowEdge(x);
  const front = step(edge - 0.8 * pixel, edge + 0.8 * pixel, y);
  return front === 0 ? beyond : mix(beyond, meadow(x, y), front);
}

function aboveShore(x: number, y: number, pixel: number): Rgb {
  return house(x, y, pixel).reduce((below, { colour, cover }) => mix(below, colour, cover), farSide(x, y, pixel));
}

/** From light to 8-bit samples as a camera does it: lens blur, vignette, shot and read noise, tone curve. */
function expose(canvas: Canvas, random: () => number): Uint8Array {
  const { width, height } = canvas;
  const light = blurred(canvas);
  const samples = new Uint8Array(light.length);
  for (let i = 0; i < light.length; i++) {
    const pixel = Math.floor(i / 3);
    const [dx, dy] = [pixel % width / width - 0.5, Math.floor(pixel / width) / height - 0.5];
    const exposed = light[i] * (1.08 - 0.5 * (dx * dx + dy * dy));
    const noisy = exposed + normal(random) * Math.sqrt(4e-5 * exposed + 1.5e-6);
    samples[i] = Math.min(255, Math.max(0, Math.round(255 * toneCurve(noisy))));
  }
  return samples;
}

/** A lens spreads a point over its neighbours: weights 1 6 1 in both directions. */
function blurred({ width, height, light }: Canvas): Float32Array {
  const along = (source: Float32Array, stride: number, size: number) =>
    source.map((value, i) => {
      const at = Math.floor(i / stride) % size;
      return (6 * value + source[at > 0 ? i - stride : i] + source[at < size - 1 ? i + stride : i]) / 8;
    });
  return along(along(light, 3, width), 3 * width, height);
}

/** Linear light to display values, highlights rolled off. */
function toneCurve(light: number): number {
  const rolled = Math.max(0, light) / (1 + 0.25 * Math.max(0, light)) * 1.2;
  return rolled <= 0.0031308 ? 12.92 * rolled : 1.055 * rolled ** (1 / 2.4) - 0.055;
}

/** A normal deviate (Box and Muller). */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Numbers in 0..1 (mulberry32). */
function randomSource(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
