import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { drawSample } from "../../samples/draw_sample.ts";

const SIZE = { width: 96, height: 64 };

Deno.test("drawSample() draws the same picture for the same seed, with other sensor noise for another", () => {
  const picture = drawSample(SIZE);
  assertEquals(drawSample({ ...SIZE, seed: 1 }), picture);
  assertNotEquals(drawSample({ ...SIZE, seed: 2 }), picture);
  assertEquals(picture.data.length, 96 * 64 * 3);
});

Deno.test("drawSample() has dark and light, colours, smooth and busy places, as a photograph has", () => {
  const { data, width, height } = drawSample(SIZE);
  const mean = [...data].reduce((sum, value) => sum + value, 0) / data.length;
  assert(mean > 70 && mean < 190, `mean ${mean}`);
  assert(data.some((value) => value < 20) && data.some((value) => value > 235));
  const busyness = (rows: number[]) => {
    const steps = rows.flatMap((row) =>
      Array.from(
        { length: width - 1 },
        (_, x) => Math.abs(data[3 * (row * width + x) + 1] - data[3 * (row * width + x) + 4]),
      )
    );
    return steps.reduce((sum, value) => sum + value, 0) / steps.length;
  };
  const [skyRows, meadowRows] = [[1, 2, 3], [height - 4, height - 3, height - 2]];
  assert(busyness(meadowRows) > 1.5 * busyness(skyRows), `${busyness(meadowRows)} and ${busyness(skyRows)}`);
});
