/** Draws the sample picture into a PNG file: `deno run -A samples/draw_sample_file.ts FILE`. */

import { writePng } from "../files/png_writer.ts";
import { writeFile } from "../files/write_file.ts";
import { drawSample } from "./draw_sample.ts";

if (import.meta.main) writeFile(Deno.args[0], writePng(drawSample({ width: 192, height: 128 })));
