/** `deno task demo`: draws a picture, encodes it, decodes it, prints one table and says where the files are. */

import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { printLine, printMessage } from "../cli/print.ts";
import { openProgress } from "../cli/progress.ts";
import { bppText, psnrText, rowsText, secondsText } from "../cli/words.ts";
import { writePng } from "../files/png_writer.ts";
import { writeFile } from "../files/write_file.ts";
import { decode, encode, type EncodeReport, type Image, psnrDb } from "../mod.ts";
import { drawSample } from "./draw_sample.ts";

const SIZE = { width: 576, height: 384 };
/** About a minute on two cores, so that a machine half as fast still ends within about two. */
const SETTINGS = { preset: "mop", lambda: 1e-3, iterations: 1200 } as const;
const FOLDER = fileURLToPath(new URL("../demo/", import.meta.url));

/** Encodes and decodes; the quality is that of the decoded picture, measured here. */
async function demo(): Promise<void> {
  Deno.mkdirSync(FOLDER, { recursive: true });
  const picture = drawSample(SIZE);
  save("sample.png", writePng(picture));
  const { bytes, report } = await encodeSample(picture);
  save("sample.chic", bytes);
  const decoded = decode(bytes);
  save("decoded.png", writePng(decoded));
  printLine(table(report, psnrDb(picture, decoded)));
  printLine(`\nThe files are in ${join(relative(Deno.cwd(), FOLDER) || ".")}: sample.png, sample.chic and decoded.png`);
}

function save(name: string, bytes: Uint8Array): void {
  writeFile(join(FOLDER, name), bytes);
}

async function encodeSample(picture: Image) {
  printMessage(`Encoding a drawn picture of ${SIZE.width}x${SIZE.height} pixels, ${SETTINGS.iterations} iterations`);
  using progress = openProgress("stderr");
  return await encode(picture, { ...SETTINGS, onProgress: progress.update });
}

function table(report: EncodeReport, measuredPsnrDb: number): string {
  return rowsText([
    ["size", `${report.bytes} bytes`],
    ["rate", bppText(report.bpp)],
    ["PSNR", psnrText(measuredPsnrDb)],
    ["iterations", `${report.iterations}`],
    ["time", secondsText(report.seconds)],
    ["device", report.device],
  ]);
}

if (import.meta.main) await demo();
