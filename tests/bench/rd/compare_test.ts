import { assert, assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { type Anchor, type AnchorSet, loadAnchors } from "../../../bench/rd/anchors.ts";
import { compareWith } from "../../../bench/rd/compare.ts";
import { type Measurement, toMeasurements } from "../../../bench/rd/measurement.ts";

const IMAGES = ["a", "b", "c"];

/** Curves of the same form whose rates are `factor` times as high. */
function rows(codec: string, factor: number, images = IMAGES): Measurement[] {
  const points = [[0.1, 27], [0.3, 31], [0.7, 35], [1.5, 40]];
  return toMeasurements(
    images.map((image) => [image, Math.max(IMAGES.indexOf(image), 0)] as const).flatMap(([image, i]) =>
      points.map(([bpp, psnr], lambda) => ({
        ...{ image, lambda: `${lambda}`, bpp: `${factor * bpp * (1 + i)}`, psnr_db: `${psnr + i}` },
      }))
    ),
    { path: "test", codec },
  );
}

function anchor(name: string, factor: number): Anchor {
  return { name, family: "cool-chic", rows: rows(name, factor), perImage: true };
}

/** The average over all pictures of a codec whose rates are `factor` times as high. */
function wholeSet(name: string, factor: number): Anchor {
  const points = [[0.1, 28], [0.3, 32], [0.7, 36], [1.5, 41]];
  const averages = points.map(([bpp, psnr]) => ({ bpp: `${2 * factor * bpp}`, psnr: `${psnr}` }));
  return { name, family: "standard", rows: toMeasurements(averages, { path: "test", codec: name }), perImage: false };
}

const BRIDGE = anchor("bridge", 2);
const SET: AnchorSet = { name: "test", images: IMAGES, anchors: [wholeSet("whole", 4), BRIDGE] };

Deno.test("compareWith() compares on the same pictures in both conventions and one by one", () => {
  const ours = rows("ours", 1, ["a", "b"]);
  const result = compareWith(BRIDGE, { rows: ours, images: ["a", "b"], set: SET });
  assertEquals([result.basis, result.problem], ["same pictures", undefined]);
  assertAlmostEquals(result.meanPsnr!.percent, -50, 1e-9);
  assertAlmostEquals(result.meanMse!.percent, -50, 1e-9);
  assertEquals(result.images.map(({ image, percent }) => [image, Math.round(percent)]), [["a", -50], ["b", -50]]);
});

Deno.test("compareWith() takes the average of a whole set as it is only for the whole set", () => {
  const result = compareWith(SET.anchors[0], { rows: rows("ours", 1), images: IMAGES, set: SET });
  assertEquals([result.basis, result.meanMse, result.images.length], ["whole set", undefined, 0]);
  assertAlmostEquals(result.meanPsnr!.percent, -75, 1e-9);
});

Deno.test("compareWith() estimates for a part of the set, through the last anchor with rows per picture", () => {
  const result = compareWith(SET.anchors[0], { rows: rows("ours", 1, ["b"]), images: ["b"], set: SET });
  assertEquals([result.basis, result.through], ["estimate", "bridge"]);
  assertAlmostEquals(result.meanPsnr!.percent, -75, 1e-9);
});

Deno.test("compareWith() says why there is no figure", () => {
  const ours = rows("ours", 1, ["a", "d"]);
  const missing = compareWith(BRIDGE, { rows: ours, images: ["a", "d"], set: undefined });
  assertEquals([missing.meanPsnr, missing.problem], [undefined, "it has 1 of the 2 pictures"]);
  const single = compareWith(BRIDGE, { rows: ours.slice(0, 1), images: ["a"], set: SET });
  assertStringIncludes(single.problem!, "expected 2 points, found 1");
  const alone = compareWith(SET.anchors[0], { rows: ours, images: ["a", "d"], set: undefined });
  assertEquals(alone.problem, "only the average over other pictures is known");
});

Deno.test("loadAnchors() finds the set that all pictures belong to, with the files that are there", () => {
  const folder = Deno.makeTempDirSync();
  try {
    for (const name of ["coolchic", "compressai"]) Deno.mkdirSync(join(folder, name));
    const table = ["kodim01", "kodim02"].map((image) => `${image}\t0.001\t0.5\t30\n`).join("");
    const path = join(folder, "coolchic", "coolchic-v1.0-image-kodak.tsv");
    Deno.writeTextFileSync(path, `seq\tlambda\trate_bpp\tpsnr_db\n${table}`);
    Deno.writeTextFileSync(join(folder, "compressai", "kodak-hm.csv"), "bpp,psnr\n0.5,30\n");
    const set = loadAnchors(folder, ["kodim02"]);
    assert(set);
    assertEquals([set.name, set.images], ["Kodak", ["kodim01", "kodim02"]]);
    assertEquals(set.anchors.map(({ name, perImage }) => [name, perImage]), [["HM", false], ["Cool-chic 1.0", true]]);
    assertEquals(loadAnchors(folder, ["kodim01", "other"]), undefined);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});
