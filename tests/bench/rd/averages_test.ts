import { assertAlmostEquals, assertEquals } from "@std/assert";
import { averageCurve, imageCurve } from "../../../bench/rd/averages.ts";
import { toMeasurements } from "../../../bench/rd/measurement.ts";

function measurements(
  ...rows: readonly (readonly [image: string, lambda: string, pixels: number, bpp: number, psnr: number])[]
) {
  return toMeasurements(
    rows.map(([image, lambda, pixels, bpp, psnr]) => ({
      ...{ image, lambda, n_pixels: `${pixels}`, bpp: `${bpp}`, psnr_db: `${psnr}` },
    })),
    { path: "test.tsv", codec: "test" },
  );
}

const ROWS = measurements(["a", "1", 100, 0.5, 30], ["b", "1", 300, 1, 40], ["a", "2", 100, 0.25, 28]);

Deno.test("averageCurve() gives what an independent program gives in both conventions", () => {
  const [psnr] = averageCurve(ROWS, ["a", "b"], "mean-psnr");
  assertEquals(psnr, { setting: "1", bpp: 0.75, psnrDb: 35 });
  const [mse] = averageCurve(ROWS, ["a", "b"], "mean-mse");
  assertEquals([mse.setting, mse.bpp], ["1", 0.875]);
  assertAlmostEquals(mse.psnrDb, 34.881166390211256, 1e-12);
});

Deno.test("averageCurve() leaves out settings that some picture lacks", () => {
  assertEquals(averageCurve(ROWS, ["a", "b"], "mean-psnr").length, 1);
  assertEquals(averageCurve(ROWS, ["a", "b", "c"], "mean-psnr"), []);
});

Deno.test("imageCurve() has one picture's points by rate", () => {
  assertEquals(imageCurve(ROWS, "a"), [
    { setting: "2", bpp: 0.25, psnrDb: 28 },
    { setting: "1", bpp: 0.5, psnrDb: 30 },
  ]);
});
