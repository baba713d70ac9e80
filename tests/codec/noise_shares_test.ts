import { assertEquals } from "../assert.ts";
import { chooseNoiseShares, EVEN_NOISE, shareOf } from "../../codec/noise_shares.ts";
import { firstLambda, startLambda } from "../../codec/target.ts";
import { buildTrainingGraph } from "../../codec/training_graph.ts";
import { latentGrids, PRESETS } from "../../bitstream/architecture.ts";

Deno.test("chooseNoiseShares() lowers the noise of coarse grids, but not of busy pictures or in long trainings", () => {
  const ofLevels = (detail: number, iterations = 1000) =>
    [0, 1, 2, 6].map((level) => shareOf(chooseNoiseShares({ detail, lambda: 0.001, iterations }), level));
  assertEquals(ofLevels(0.002), [0.9, 1, 0.7, 0.7]);
  assertEquals(ofLevels(0.003), [1, 1, 0.7, 0.7]);
  assertEquals(ofLevels(0.006), [1, 1, 0.7, 0.7]);
  assertEquals(ofLevels(0.0061), [1, 1, 1, 1]);
  assertEquals(ofLevels(0.002, 1001), [1, 1, 1, 1]);
});

Deno.test("buildTrainingGraph() gives the grids of a level their share of the noise", () => {
  const shape = { width: 20, height: 12, channels: 3, topLevel: 3 };
  const levels = latentGrids(PRESETS.mop, shape).map(({ level }) => level);
  const sharesIn = (noiseShares?: readonly [number, ...number[]]) =>
    buildTrainingGraph(PRESETS.mop, shape, { noiseShares }).graph.softQuantise.map((call) => call.noiseShare);
  assertEquals(sharesIn([0.5, 1, 0.25]), levels.map((level) => [0.5, 1, 0.25, 0.25][level]));
  assertEquals(sharesIn(), levels.map(() => EVEN_NOISE[0]));
});

Deno.test("startLambda() is that asked for, or the first one of a search", () => {
  const scale = { pixels: 65536, parameters: 1000 };
  const target = { kind: "psnr", psnrDb: 42 } as const;
  assertEquals(startLambda({ lambda: 0.001 }, scale), 0.001);
  assertEquals(startLambda({ lambda: 0.001, target }, scale), firstLambda(target, scale));
});
