/**
 * Sky, mountains, woods, lake and meadow of the sample picture.
 *
 * Coordinates: `y` runs from 0 (top) to 1 (bottom), `x` in the same unit. All light is linear.
 */

import { fractal, lit, mix, noise, type Rgb, step } from "./texture.ts";

/** Where the far shore meets the water. */
export const SHORE_Y = 0.6;
/** Where the meadow in front begins, about. */
export const MEADOW_Y = 0.8;

const SUN = { x: 1.12, y: 0.3 };
const HAZE: Rgb = [0.72, 0.7, 0.68];

/** The sky: a gradient, a glow around the sun, and clouds. */
export function sky(x: number, y: number): Rgb {
  const gradient = mix([0.1, 0.24, 0.56], [0.62, 0.68, 0.74], step(-0.1, 0.55, y));
  const distance = Math.hypot(x - SUN.x, y - SUN.y);
  const glow = Math.exp(-6 * distance);
  const base: Rgb = [gradient[0] + 0.5 * glow, gradient[1] + 0.36 * glow, gradient[2] + 0.16 * glow];
  // Clouds flatten towards the horizon.
  const cover = fractal(x * 2.4, y * 6.5, { octaves: 6, seed: 11 });
  const light = fractal(x * 2.4 + 0.12, y * 6.5 - 0.2, { octaves: 5, seed: 11 });
  const cloud = lit([0.95, 0.92, 0.9], 0.72 + 1.1 * (cover - light) + 0.35 * glow);
  return mix(base, cloud, 0.85 * step(0.5, 0.68, cover) * step(0.6, 0.2, y));
}

/** A range of mountains or hills. */
interface Range {
  /** Height of the skyline and how far it wanders. */
  readonly y: number;
  readonly relief: number;
  readonly scale: number;
  readonly seed: number;
  readonly shade: Rgb;
  readonly sun: Rgb;
  /** Share of haze in front of it. */
  readonly haze: number;
  /** Fineness of its surface. */
  readonly texture: number;
}

// deno-fmt-ignore
const RANGES: readonly Range[] = [
  { y: 0.4, relief: 0.26, scale: 2.2, seed: 21, shade: [0.13, 0.15, 0.21], sun: [0.55, 0.5, 0.47], haze: 0.32, texture: 7 },
  { y: 0.49, relief: 0.13, scale: 3.1, seed: 37, shade: [0.05, 0.08, 0.06], sun: [0.26, 0.27, 0.16], haze: 0.18, texture: 13 },
  { y: 0.555, relief: 0.05, scale: 5, seed: 53, shade: [0.012, 0.03, 0.012], sun: [0.15, 0.2, 0.06], haze: 0.07, texture: 34 },
];

/** Everything beyond the lake, without buildings. `pixel` is the size of a pixel. */
export function farSide(x: number, y: number, pixel: number): Rgb {
  let colour = sky(x, y);
  for (const range of RANGES) {
    const skyline = skylineY(range, x);
    const cover = step(skyline - 0.7 * pixel, skyline + 0.7 * pixel, y);
    if (cover > 0) colour = mix(colour, slope(range, x, y), cover);
  }
  return colour;
}

function skylineY({ y, relief, scale, seed, texture }: Range, x: number): number {
  const treetops = texture > 20 ? 0.014 * noise(x * 60, 0, seed) + 0.01 * noise(x * 150, 3, seed) : 0;
  return y + relief * (0.5 - fractal(x * scale, 0.5, { octaves: 7, seed, gain: 0.47 })) - treetops;
}

/** Slopes are lit from the right: the fractal's slope along x is the shading. */
function slope({ seed, shade, sun, haze, texture }: Range, x: number, y: number): Rgb {
  const relief = (dx: number) =>
    fractal((x + dx) * texture, y * texture * 1.6, { octaves: 6, seed: seed + 5, gain: 0.62 });
  const light = Math.min(1, Math.max(0, 0.42 + 6 * (relief(0) - relief(0.012)) + 1.2 * (relief(0) - 0.5)));
  const warm = 0.85 + 0.3 * noise(x * 3, y * 5, seed);
  return mix(lit(mix(shade, sun, light), warm), HAZE, haze * step(0.25, 0.62, y));
}

/** The lake, with ripples that grow towards the viewer and reflect `above`. */
export function water(x: number, y: number, above: (x: number, y: number) => Rgb): Rgb {
  const depth = (y - SHORE_Y) / (1 - SHORE_Y);
  const near = 0.15 + depth;
  // Perspective: ripples are flat and dense at the far shore.
  const row = 9 / (near * near);
  const ripple = fractal(x * 7 / near + 3, row * 2.2, { octaves: 4, seed: 71, gain: 0.6 }) - 0.5;
  const swell = noise(x * 2.5 / near, row * 0.6, 79) - 0.5;
  const mirrored = SHORE_Y - (y - SHORE_Y) * 1.15 + (0.1 * ripple + 0.05 * swell) * near;
  const reflection = above(x + 0.05 * ripple * near, Math.min(mirrored, SHORE_Y - 0.004));
  const deep: Rgb = [0.018, 0.045, 0.05];
  const mirror = 0.82 - 0.35 * depth;
  const glint = step(0.2, 0.34, ripple) * Math.exp(-14 * (x - SUN.x) ** 2);
  const colour = mix(deep, reflection, mirror);
  return [colour[0] + 0.6 * glint, colour[1] + 0.5 * glint, colour[2] + 0.35 * glint];
}

/** The edge of the meadow at x. */
export function meadowEdge(x: number): number {
  const bank = 0.06 * (fractal(x * 1.6, 2, { octaves: 4, seed: 83 }) - 0.5);
  return MEADOW_Y + 0.05 * Math.cos(2.2 * x + 0.4) + bank - 0.012 * noise(x * 110, 1, 89);
}

/** Grass: blades are noise stretched upwards, larger towards the viewer. */
export function meadow(x: number, y: number): Rgb {
  const near = step(MEADOW_Y - 0.06, 1.05, y);
  const lean = 0.02 * noise(x * 9, y * 14, 97);
  // Two fixed sizes, mixed: noise of a size that changes along y would be sheared into long streaks.
  const blades = (size: number, seed: number) =>
    fractal((x + lean) / size, y / (3 * size), { octaves: 5, seed, gain: 0.66 });
  const blade = blades(0.006, 101) * (1 - near) + blades(0.016, 113) * near;
  const patches = fractal(x * 3.4, y * 8, { octaves: 5, seed: 103 });
  const green = mix([0.05, 0.11, 0.018], [0.26, 0.3, 0.06], patches);
  const shadowEdge = Math.hypot(x - 1.22, 2.6 * (y - 0.93)) - 0.12 * noise(x * 14, y * 30, 107);
  const treeShadow = 0.6 * step(0.2, 0.08, shadowEdge);
  return lit(green, (0.1 + 2.1 * blade * blade + 0.4 * (patches - 0.5)) * (1 - treeShadow));
}
