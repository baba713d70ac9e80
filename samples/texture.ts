/** Seeded noise and colour arithmetic: what the sample picture is painted with. */

/** Red, green and blue in linear light, 0..1 between black and white. */
export type Rgb = readonly [red: number, green: number, blue: number];

/** A number in 0..1 that depends on the integers x and y and the seed only. */
export function hash(x: number, y: number, seed: number): number {
  let h = Math.imul(x | 0, 0x27d4eb2d) ^ Math.imul(y | 0, 0x165667b1) ^ Math.imul(seed | 0, 0x9e3779b1);
  h = Math.imul(h ^ (h >>> 15), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0) / 4294967296;
}

/** Smooth noise in 0..1 with features of size 1. */
export function noise(x: number, y: number, seed: number): number {
  const [ix, iy] = [Math.floor(x), Math.floor(y)];
  const [fx, fy] = [smooth(x - ix), smooth(y - iy)];
  const top = mixNumber(hash(ix, iy, seed), hash(ix + 1, iy, seed), fx);
  const bottom = mixNumber(hash(ix, iy + 1, seed), hash(ix + 1, iy + 1, seed), fx);
  return mixNumber(top, bottom, fy);
}

/** What a fractal is made of. */
export interface FractalOptions {
  readonly octaves: number;
  readonly seed: number;
  /** Amplitude of each octave relative to the one before; 0.5 gives the 1/f spectrum of photographs. */
  readonly gain?: number;
}

/** Fractal noise in 0..1 around 0.5: octaves of `noise`, each finer and weaker than the one before. */
export function fractal(x: number, y: number, { octaves, seed, gain = 0.5 }: FractalOptions): number {
  let [sum, total, amplitude, scale] = [0, 0, 1, 1];
  for (let octave = 0; octave < octaves; octave++) {
    sum += amplitude * noise(x * scale + 17 * octave, y * scale - 9 * octave, seed + octave);
    total += amplitude;
    amplitude *= gain;
    // Not quite doubled: lattices of all octaves would line up and show.
    scale *= 2.03;
  }
  return sum / total;
}

/** 0 below `low`, 1 above `high`, a smooth step between. */
export function step(low: number, high: number, value: number): number {
  return smooth(Math.min(1, Math.max(0, (value - low) / (high - low))));
}

/** The colour at `share` (0..1) of the way from `a` to `b`. */
export function mix(a: Rgb, b: Rgb, share: number): Rgb {
  return [mixNumber(a[0], b[0], share), mixNumber(a[1], b[1], share), mixNumber(a[2], b[2], share)];
}

/** A colour in more or less light. */
export function lit(colour: Rgb, light: number): Rgb {
  return [colour[0] * light, colour[1] * light, colour[2] * light];
}

function mixNumber(a: number, b: number, share: number): number {
  return a + (b - a) * share;
}

function smooth(t: number): number {
  return t * t * (3 - 2 * t);
}
