/** A birch in the foreground and flowers in the meadow: thousands of small strokes over the finished landscape. */

import { hash, lit, mix, noise, type Rgb, step } from "./texture.ts";

/** A picture while it is painted: linear light, three values per pixel. */
export interface Canvas {
  readonly width: number;
  readonly height: number;
  readonly light: Float32Array;
}

/** A filled ellipse with a soft edge. Positions and sizes in image heights. */
interface Stroke {
  readonly x: number;
  readonly y: number;
  readonly radiusX: number;
  readonly radiusY: number;
  readonly angle: number;
  readonly colour: Rgb;
}

/** Paints the plants. */
export function paintPlants(canvas: Canvas): void {
  flowers(canvas);
  trunk(canvas);
  grassAtTrunk(canvas);
  foliage(canvas);
}

function paint(canvas: Canvas, { x, y, radiusX, radiusY, angle, colour }: Stroke): void {
  const { width, height, light } = canvas;
  const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
  const reach = Math.max(radiusX, radiusY) * height + 1;
  const softness = 1 / (Math.min(radiusX, radiusY) * height);
  for (let row = Math.max(0, Math.floor(y * height - reach)); row < Math.min(height, y * height + reach); row++) {
    for (
      let column = Math.max(0, Math.floor(x * height - reach));
      column < Math.min(width, x * height + reach);
      column++
    ) {
      const [dx, dy] = [(column + 0.5) / height - x, (row + 0.5) / height - y];
      const distance = Math.hypot((dx * cosine + dy * sine) / radiusX, (dy * cosine - dx * sine) / radiusY);
      const cover = step(1 + softness / 2, 1 - softness / 2, distance);
      if (cover === 0) continue;
      const at = 3 * (row * width + column);
      for (let channel = 0; channel < 3; channel++) {
        light[at + channel] += (colour[channel] - light[at + channel]) * cover;
      }
    }
  }
}

/** Long grass hides the foot of the trunk. */
function grassAtTrunk(canvas: Canvas): void {
  for (let i = 0; i < 160; i++) {
    const [x, y] = [trunkX(0.95) + 0.09 * (hash(i, 0, 351) - 0.5), 0.955 - 0.03 * hash(i, 1, 351)];
    const colour = lit([0.16, 0.22, 0.04], 0.25 + hash(i, 2, 351));
    paint(canvas, { x, y, radiusX: 0.0012, radiusY: 0.014, angle: 0.6 * (hash(i, 3, 351) - 0.5), colour });
  }
}

function flowers(canvas: Canvas): void {
  const petals: readonly Rgb[] = [[0.8, 0.75, 0.7], [0.75, 0.55, 0.06], [0.45, 0.12, 0.3]];
  for (let i = 0; i < 420; i++) {
    const near = Math.sqrt(hash(i, 1, 301));
    const x = 1.6 * hash(i, 0, 301);
    if (noise(x * 5, near * 4, 303) < 0.45) continue;
    const radius = 0.0012 + 0.0042 * near * (0.5 + hash(i, 2, 301) / 2);
    const colour = lit(petals[Math.floor(3 * hash(i, 3, 301))], 0.7 + 0.5 * hash(i, 4, 301));
    paint(canvas, { x, y: 0.86 + 0.14 * near, radiusX: radius, radiusY: 0.7 * radius, angle: 0, colour });
  }
}

/** Where the trunk stands at a height: it leans and bends a little. */
function trunkX(y: number): number {
  return 1.3 + 0.05 * (0.9 - y) + 0.012 * Math.sin(7 * y);
}

function trunk(canvas: Canvas): void {
  for (let y = 0.12; y < 0.95; y += 0.0012) {
    const radius = 0.006 + 0.017 * y;
    for (let across = -1; across <= 1; across += 0.12) {
      const x = trunkX(y) + across * radius;
      const scar = step(0.66, 0.72, noise(x * 35, y * 130, 311)) + 0.5 * step(0.6, 0.7, noise(x * 140, y * 60, 313));
      const bark = mix([0.66, 0.62, 0.56], [0.05, 0.045, 0.04], Math.min(1, scar));
      const shade = (0.5 + 0.5 * step(-1, 0.7, across)) * (0.85 + 0.3 * noise(x * 300, y * 300, 317));
      paint(canvas, { x, y, radiusX: 0.0022, radiusY: 0.0016, angle: 0, colour: lit(bark, shade) });
    }
  }
}

/** Leaves hang in clusters; those drawn later lie in front and get more light. */
function foliage(canvas: Canvas): void {
  const clusters = 46;
  const leaves = 5200;
  for (let i = 0; i < leaves; i++) {
    const front = i / leaves;
    const cluster = Math.floor(clusters * hash(i, 0, 331));
    const [centreX, centreY] = clusterCentre(cluster);
    const angle = 2 * Math.PI * hash(i, 1, 331);
    const distance = 0.085 * Math.sqrt(hash(i, 2, 331)) * (0.6 + hash(cluster, 2, 337));
    const [x, y] = [centreX + distance * Math.cos(angle), centreY + 0.75 * distance * Math.sin(angle)];
    const sun = step(-0.06, 0.05, 0.4 * (x - centreX) - (y - centreY)) * (0.35 + 0.65 * front);
    const green = mix([0.012, 0.035, 0.008], [0.3, 0.36, 0.05], sun * (0.45 + 0.55 * hash(i, 3, 331)));
    const size = 0.0035 + 0.004 * hash(i, 4, 331);
    paint(canvas, { x, y, radiusX: size, radiusY: 0.55 * size, angle: 3 * hash(i, 5, 331), colour: green });
  }
}

function clusterCentre(cluster: number): readonly [x: number, y: number] {
  const height = hash(cluster, 0, 337);
  const y = 0.02 + 0.5 * height;
  const spread = 0.09 + 0.17 * Math.sin(Math.PI * Math.min(1, 0.15 + height));
  return [trunkX(y) + spread * (2 * hash(cluster, 1, 337) - 1), y];
}
