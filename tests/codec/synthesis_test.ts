import { assertEquals } from "@std/assert";
import type { Architecture } from "../../bitstream/architecture.ts";
import { SYNTHESIS_BAND_ROWS } from "../../bitstream/limits.ts";
import { parameterCount, parameterGroups } from "../../bitstream/parameters.ts";
import { synthesise } from "../../codec/reconstruct/synthesis.ts";
import type { QuantisedModel } from "../../bitstream/quantised_model.ts";
import { randomInteger, randomSource } from "../random.ts";
import { randomModel } from "../random_model.ts";

const CONVOLUTIONS: Architecture = {
  contexts: 1,
  features: 0,
  ifceLevels: 0,
  ifceReach: 0,
  armLayers: [],
  armStabiliser: false,
  hyperFirstLevel: 15,
  hyperPlanes: 0,
  synthesis: [
    { outputs: 2, kernel: 3, residual: true, relu: true },
    { outputs: 0, kernel: 3, residual: false, relu: false },
  ],
  synthesisStabiliser: true,
};

/** The whole image at once with exact sums, straight from the definition. */
function directly(model: QuantisedModel, planes: Int16Array[]): number[] {
  const { shape: { width, height }, parameters, fixedPoint: { planeBits, layerBits: [hiddenBits] } } = model;
  const at = (plane: Int16Array, y: number, x: number) =>
    plane[Math.min(Math.max(y, 0), height - 1) * width + Math.min(Math.max(x, 0), width - 1)];
  const offset =
    parameterGroups(model.architecture, model.shape).find(({ name }) => name === "synthesis.0.weight")!.offset;
  const p = parameters.subarray(offset); // 2x2x9 weights, 1x2x9 weights, 2 stabiliser, 2 + 1 biases; all Q12
  const convolve = (inputs: Int16Array[], weights: Int32Array, y: number, x: number) => {
    let sum = 0;
    inputs.forEach((input, c) => {
      for (let k = 0; k < 9; k++) sum += weights[9 * c + k] * at(input, y + Math.floor(k / 3) - 1, x + k % 3 - 1);
    });
    return sum;
  };
  const sites = Array.from({ length: width * height }, (_, i) => [Math.floor(i / width), i % width]);
  const hidden = [0, 1].map((o) =>
    Int16Array.from(sites, ([y, x], i) => {
      const sum = convolve(planes, p.subarray(18 * o), y, x) + 4096 * planes[o][i] + p[56 + o] * 2 ** planeBits;
      const shift = planeBits + 12 - hiddenBits;
      return Math.min(Math.max(Math.floor((sum + 2 ** (shift - 1)) / 2 ** shift), 0), 32767);
    })
  );
  return sites.map(([y, x], i) => {
    const stabiliser = p[54] * planes[0][i] + p[55] * planes[1][i];
    const sum = convolve(hidden, p.subarray(36), y, x) + p[58] * 2 ** hiddenBits +
      Math.floor(stabiliser * 2 ** (hiddenBits - planeBits));
    const shift = hiddenBits + 12 - 8;
    return Math.min(Math.max(Math.floor((sum + 2 ** (shift - 1)) / 2 ** shift), 0), 255);
  });
}

Deno.test("synthesise() agrees with the definition across bands and at the edges", () => {
  for (let seed = 0; seed < 6; seed++) {
    const random = randomSource(seed);
    const size = { width: 5 + seed, height: 2 * SYNTHESIS_BAND_ROWS + seed - 2, channels: 1, topLevel: 1, bitDepth: 8 };
    const drawn = randomModel({ seed, ...size, architecture: CONVOLUTIONS });
    const groups = parameterGroups(CONVOLUTIONS, drawn.shape);
    const parameters = Int32Array.from({ length: parameterCount(groups) }, () => randomInteger(random, -3000, 3000));
    const fixedPoint = { planeBits: randomInteger(random, 6, 10), layerBits: [randomInteger(random, 6, 10)] };
    const model = { ...drawn, parameters, fixedPoint, stepBits: groups.map(({ maxStepBits }) => maxStepBits) };
    const planes = [0, 1].map(() =>
      Int16Array.from({ length: size.width * size.height }, () => randomInteger(random, -900, 900))
    );
    const { data } = synthesise(model, planes.map((data) => ({ width: size.width, height: size.height, data })));
    assertEquals([...data], directly(model, planes));
  }
});
