import { assertEquals } from "@std/assert";
import { randomInteger, randomSource } from "../random.ts";
import { addFiltered, doublePlane, type Plane } from "../../codec/reconstruct/upsampling.ts";

function plane(width: number, height: number, rows: number[]): Plane {
  return { width, height, data: Int16Array.from(rows) };
}

/** The definition of the published system: replicate padding by 4, transposed convolution of stride 2, crop. */
function transposedConvolution(x: number[], [a, b, c, d]: number[]): number[] {
  const taps = [a, b, c, d, d, c, b, a];
  const padded = Array.from({ length: x.length + 8 }, (_, i) => x[Math.min(Math.max(i - 4, 0), x.length - 1)]);
  const out = new Array(2 * padded.length + 6).fill(0);
  padded.forEach((value, i) => taps.forEach((tap, k) => out[2 * i + k] += tap * value));
  return out.slice(11, 11 + 2 * x.length);
}

Deno.test("doublePlane() is the published transposed convolution, on rows and on columns", () => {
  const random = randomSource(3);
  for (const length of [1, 2, 3, 8, 13]) {
    const x = Array.from({ length }, () => randomInteger(random, -300, 300));
    const taps = [1, 2, 3, 4].map(() => randomInteger(random, -4, 4) * 4096);
    const doubled = transposedConvolution(x, taps).map((sum) => sum / 4096);
    const identity = [0, 0, 0, 4096];
    const rows = doublePlane(plane(length, 1, x), taps, { width: 2 * length - 1, height: 1 });
    const gain = taps[0] / 4096 + taps[1] / 4096 + taps[2] / 4096 + taps[3] / 4096;
    assertEquals([...rows.data], doubled.slice(0, -1).map((value) => value * gain));
    const columns = doublePlane(plane(1, length, x), taps, { width: 1, height: 2 * length });
    assertEquals([...columns.data], doubled.map((value) => value * gain));
    assertEquals([...doublePlane(plane(length, 1, x), identity, { width: length, height: 1 }).data.slice(0, 1)], [
      x[0],
    ]);
  }
});

Deno.test("doublePlane() rounds halves upwards and clamps to i16 after each pass", () => {
  const half = [0, 0, 0, 2048];
  assertEquals([...doublePlane(plane(1, 1, [3]), half, { width: 1, height: 1 }).data], [1]);
  assertEquals([...doublePlane(plane(1, 1, [-3]), half, { width: 1, height: 1 }).data], [0]);
  const large = [0, 0, 0, 32767];
  assertEquals([...doublePlane(plane(1, 1, [-32768]), large, { width: 2, height: 1 }).data], [-32768, -32768]);
});

Deno.test("addFiltered() adds a symmetric filter of seven taps with zeros outside", () => {
  const impulse = plane(9, 1, [0, 0, 0, 0, 64, 0, 0, 0, 0]);
  const taps = [4096, 2 * 4096, 3 * 4096, 4 * 4096];
  const response = [0, 64, 128, 192, 256, 192, 128, 64, 0].map((value) => 4 * value);
  response[4] += 64;
  assertEquals([...addFiltered(impulse, taps).data], response);
  const edge = plane(1, 3, [64, 0, 0]);
  assertEquals([...addFiltered(edge, taps).data], [4 * 256 + 64, 4 * 192, 4 * 128]);
});
