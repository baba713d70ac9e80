import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { readPng } from "../../files/png.ts";
import { writePng } from "../../files/png_writer.ts";
import { writePnm } from "../../files/pnm_writer.ts";
import { type Image, msSsim, psnrDb, ssim } from "../../mod.ts";
import { testPicture } from "../files/png_maker.ts";
import { inFolder, pipeChic, runChic } from "./command.ts";

const A = testPicture(180, 176);
const B: Image = { ...A, data: A.data.map((sample, i) => i % 5 === 0 ? sample + 2 : sample) as Uint8Array };

Deno.test("compare prints PSNR, SSIM and MS-SSIM, and draws the difference", () =>
  inFolder(async (folder) => {
    Deno.writeFileSync(join(folder, "a.png"), writePng(A));
    Deno.writeFileSync(join(folder, "b.ppm"), writePnm(B));
    const { code, stdout, stderr } = await runChic(folder, "compare", "a.png", "b.ppm", "--json", "--diff", "d.png");
    assertEquals([code, stderr], [0, ""]);
    const json = JSON.parse(stdout);
    assertEquals([json.psnr_db, json.ssim, json.ms_ssim], [psnrDb(A, B), ssim(A, B), msSsim(A, B)]);
    assertEquals([json.first, json.second, json.diff, json.largest_difference], ["a.png", "b.ppm", "d.png", 2]);
    const drawn = readPng(Deno.readFileSync(join(folder, "d.png")));
    assertEquals([...drawn.data.subarray(0, 6)], [136, 128, 128, 128, 128, 136]);
    await runChic(folder, "compare", "b.ppm", "a.png", "--diff", "d.png", "--gain", "10");
    assertEquals(readPng(Deno.readFileSync(join(folder, "d.png"))).data[0], 108);
  }));

Deno.test("compare takes a .chic file, and finds a picture equal to itself", () =>
  inFolder(async (folder) => {
    Deno.writeFileSync(join(folder, "a.png"), writePng(testPicture(20, 12)));
    assertEquals((await runChic(folder, "encode", "a.png", "--iterations", "5", "--device", "cpu")).code, 0);
    assertEquals((await runChic(folder, "decode", "a.chic", "-o", "b.png")).code, 0);
    const same = await runChic(folder, "compare", "a.chic", "b.png");
    assertStringIncludes(same.stdout, "lossless");
    assertStringIncludes(same.stdout, "100.00 %");
    assertStringIncludes(same.stdout, "needs 176 pixels per side");
    const json = JSON.parse((await runChic(folder, "compare", "a.chic", "b.png", "--json")).stdout);
    assertEquals([json.psnr_db, json.ms_ssim, json.equal_pixels], [999.99, null, 1]);
  }));

Deno.test("compare gives gray and RGB, 8 and 16 bits the same footing, and looks at alpha on its own", () =>
  inFolder(async (folder) => {
    const gray = { width: 12, height: 12, channels: 1, bitDepth: 8, data: new Uint8Array(144).fill(100) };
    const rgb16 = { ...gray, channels: 3, bitDepth: 16, data: new Uint16Array(432).fill(25700) };
    const alpha = new Uint16Array(144).fill(65535).fill(0, 0, 72);
    Deno.writeFileSync(join(folder, "gray.png"), writePng(gray));
    Deno.writeFileSync(join(folder, "alpha.png"), writePng({ ...rgb16, alpha }));
    const json = JSON.parse((await runChic(folder, "compare", "gray.png", "alpha.png", "--json")).stdout);
    assertEquals([json.psnr_db, json.alpha_psnr_db], [999.99, 10 * Math.log10(2)]);
    const piped = await pipeChic(folder, writePng(gray), "compare", "-", "gray.png");
    assertStringIncludes(new TextDecoder().decode(piped.stdout), "PSNR                lossless");
  }));

Deno.test("compare refuses pictures of different sizes, and files that are none", () =>
  inFolder(async (folder) => {
    Deno.writeFileSync(join(folder, "a.png"), writePng(testPicture(4, 5)));
    Deno.writeFileSync(join(folder, "b.png"), writePng(testPicture(5, 4)));
    Deno.writeTextFileSync(join(folder, "c.txt"), "Hello");
    const cases: [args: string[], message: string][] = [
      [["a.png", "b.png"], "b.png: expected 4x5 pixels like the first picture, found 5x4 pixels"],
      [["a.png", "c.txt"], "c.txt: expected a PNG, JPEG"],
      [["a.png", "none.png"], "none.png: expected a readable file"],
      [["-", "-"], "expected one picture on stdin, found two"],
      [["a.png", "a.png", "--diff", "a.png"], "a.png: expected an output other than the input"],
    ];
    for (const [args, message] of cases) {
      const { code, stderr } = await runChic(folder, "compare", ...args);
      assertEquals(code, 2);
      assertStringIncludes(stderr, message);
    }
  }));
