/** The options of the original program, and the scripts that use them. */

import { assert, assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readPng } from "../../files/png.ts";
import { decode, psnrDb, readInfo } from "../../mod.ts";
import { testPicture } from "../files/png_maker.ts";
import { inFolder, namesIn, putPicture, runChic } from "./command.ts";

const COLUMNS = "psnr,rate_latent_bpp,rate_mlp_bpp,rate_all_bpp,training_time_second,n_iteration," +
  "decoder_rate_bpp,decoder_psnr_db";

/** The table as numbers by column. */
function readResults(path: string): Record<string, number> {
  const [names, values, ...rest] = Deno.readTextFileSync(path).split("\n");
  assertEquals([names, rest], [COLUMNS, [""]]);
  return Object.fromEntries(names.split(",").map((name, i) => [name, Number(values.split(",")[i])]));
}

Deno.test("encode takes the options of the original program, each with its meaning", () =>
  inFolder(async (folder) => {
    putPicture(folder);
    const outcome = await runChic(
      folder,
      ..."encode -i photo.png -o out.chic --device=cpu --decoded_img_path back.png".split(" "),
      ..."--model_save_path model.bin --enc_results_path results.csv --lmbda 0.002 --start_lr 0.005".split(" "),
      ..."--n_itr 30 --layers_synthesis=12,12 --layers_arm=12,12 --n_ctx_rowcol=2 --latent_n_grids=5".split(" "),
    );
    assertEquals(outcome.code, 0, outcome.stderr);
    assertEquals(namesIn(folder), ["back.png", "model.bin", "out.chic", "photo.png", "results.csv"]);
    assertStringIncludes(outcome.stdout, "MAC per pixel in the networks");
    const bytes = Deno.readFileSync(join(folder, "out.chic"));
    const info = readInfo(bytes);
    assertEquals([info.preset, info.topLevel], [undefined, 4]);
    // Inputs x outputs of the layers: 12-12-12-2 for each latent, 5-12-12-3 for each pixel.
    const latents = [[32, 24], [16, 12], [8, 6], [4, 3], [2, 2]].reduce((sum, [w, h]) => sum + w * h, 0);
    assertAlmostEquals(info.macPerPixel.arm, (12 * 12 + 12 * 12 + 12 * 2) * latents / (32 * 24), 1e-9);
    assertEquals(info.macPerPixel.synthesis, 5 * 12 + 12 * 12 + 12 * 3);
    assert(info.macPerPixel.arm + info.macPerPixel.synthesis < 700);
    const results = readResults(join(folder, "results.csv"));
    const decoded = decode(bytes);
    assertEquals(readPng(Deno.readFileSync(join(folder, "back.png"))).data, decoded.data);
    assertEquals(results.psnr, psnrDb(testPicture(32, 24), decoded));
    assertEquals([results.decoder_psnr_db, results.decoder_rate_bpp], [results.psnr, results.rate_all_bpp]);
    assertEquals(results.rate_all_bpp, 8 * bytes.length / (32 * 24));
    assertAlmostEquals(results.rate_latent_bpp + results.rate_mlp_bpp, results.rate_all_bpp, 1e-9);
    assertEquals(results.n_iteration, 30);
    assert(results.training_time_second > 0);
  }));

Deno.test("--n_ctx_rowcol gives the context of the original's window, --start_lr changes the training", () =>
  inFolder(async (folder) => {
    putPicture(folder);
    const encode = async (...args: string[]) => {
      const settings = ["--device", "cpu", "--iterations", "10", "--quiet", ...args];
      const outcome = await runChic(folder, "encode", "photo.png", "-o", "out.chic", ...settings);
      assertEquals(outcome.code, 0, outcome.stderr);
      return Deno.readFileSync(join(folder, "out.chic"));
    };
    const small = readInfo(await encode("--n_ctx_rowcol", "1", "--layers_arm", "8"));
    assertEquals(Math.round(small.macPerPixel.arm / (4 * 8 + 8 * 2)), 1);
    assert(small.macPerPixel.arm > 4 * 8 + 8 * 2);
    assert((await encode()).join() !== (await encode("--start_lr", "0.02")).join());
  }));

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

for (const script of ["code_image_cpu.sh", "code_image_gpu.sh"]) {
  Deno.test(`samples/${script} runs and writes all of its files`, () =>
    inFolder(async (folder) => {
      const { code, stderr } = await new Deno.Command("bash", {
        args: [join(ROOT, "samples", script)],
        cwd: folder,
        env: { DEVICE: "cpu", N_ITR: "3", LATENT_N_GRIDS: "4", NO_COLOR: "1" },
      }).output();
      assertEquals(code, 0, new TextDecoder().decode(stderr));
      const files = ["decoded.png", "model.checkpoint", "picture.chic", "results.csv", "sample.png"];
      assertEquals(namesIn(join(folder, "coded")), files);
      assertEquals(readResults(join(folder, "coded/results.csv")).n_iteration, 3);
    }));
}

Deno.test("--device=cuda:0 means the GPU, and says so where there is none", () =>
  inFolder(async (folder) => {
    putPicture(folder);
    const args = ["encode", "photo.png", "--device=cuda:0", "--n_itr", "2", "--json"];
    const { code, stdout, stderr } = await runChic(folder, ...args);
    if (code !== 0) assertStringIncludes(stderr, "Cannot use the GPU");
    else assertStringIncludes(JSON.parse(stdout).device, "gpu");
  }));
