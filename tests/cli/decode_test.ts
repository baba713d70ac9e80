import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { PRESETS } from "../../bitstream/architecture.ts";
import { pixelChecksum } from "../../bitstream/checksum.ts";
import { readModel } from "../../bitstream/read.ts";
import { writeModel } from "../../bitstream/write.ts";
import { reconstruct } from "../../codec/reconstruct.ts";
import { readPng } from "../../files/png.ts";
import { randomModel } from "../random_model.ts";
import { inFolder, namesIn, runChic } from "./command.ts";

const MODEL = randomModel({ seed: 3, width: 21, height: 13, channels: 3, bitDepth: 8, architecture: PRESETS.lop });
const PICTURE = reconstruct(MODEL);
const FILE = writeModel(MODEL, pixelChecksum(PICTURE.data)).bytes;

Deno.test("decode writes the picture of the file beside it, or where it is told to", () =>
  inFolder(async (folder) => {
    Deno.writeFileSync(join(folder, "photo.chic"), FILE);
    const outcome = await runChic(folder, "decode", "photo.chic");
    assertEquals(outcome, { code: 0, stdout: "photo.chic -> photo.png: 21x13 pixels\n", stderr: "" });
    Deno.writeTextFileSync(join(folder, "other.png"), "replaced");
    const quiet = await runChic(folder, "decode", "photo.chic", "--output", "other.png", "--quiet");
    assertEquals(quiet, { code: 0, stdout: "", stderr: "" });
    assertEquals(namesIn(folder), ["other.png", "photo.chic", "photo.png"]);
    for (const name of ["photo.png", "other.png"]) {
      assertEquals(readPng(Deno.readFileSync(join(folder, name))), PICTURE);
    }
  }));

Deno.test("decode --decoder chooses a decoder, and both write the same file", () =>
  inFolder(async (folder) => {
    Deno.writeFileSync(join(folder, "photo.chic"), FILE);
    for (const kind of ["wasm", "plain"]) {
      const { code } = await runChic(folder, "decode", "photo.chic", "-o", `${kind}.png`, "--decoder", kind);
      assertEquals(code, 0);
      assertEquals(readPng(Deno.readFileSync(join(folder, `${kind}.png`))), PICTURE);
    }
    const wrong = await runChic(folder, "decode", "photo.chic", "--decoder", "best");
    assertEquals([wrong.code, wrong.stdout], [2, ""]);
    assertStringIncludes(wrong.stderr, "Allowed choices are auto, wasm, plain");
  }));

Deno.test("decode --threads takes any number of threads, and they write the same file", () =>
  inFolder(async (folder) => {
    Deno.writeFileSync(join(folder, "photo.chic"), FILE);
    const { code, stderr } = await runChic(folder, "decode", "photo.chic", "--threads", "2");
    assertEquals([code, stderr], [0, ""]);
    assertEquals(readPng(Deno.readFileSync(join(folder, "photo.png"))), PICTURE);
    assertEquals((await runChic(folder, "decode", "photo.chic", "-o", "x.png", "--threads", "65")).code, 2);
    assertEquals(namesIn(folder), ["photo.chic", "photo.png"]);
  }));

Deno.test("decode --partial writes what a cut file shows and says what is missing; without it the file is refused", () =>
  inFolder(async (folder) => {
    const { sections: { header, parameters, latents } } = readModel(FILE);
    const start = header + parameters;
    const cases: [length: number, message: string][] = [
      [start + (latents >> 1), "cut short or damaged: details finer than "],
      [start + 1, "cut short or damaged: the picture's content is missing"],
    ];
    for (const [length, message] of cases) {
      Deno.writeFileSync(join(folder, "cut.chic"), FILE.subarray(0, length));
      const refused = await runChic(folder, "decode", "cut.chic");
      assertEquals([refused.code, namesIn(folder)], [2, ["cut.chic"]]);
      const { code, stdout, stderr } = await runChic(folder, "decode", "cut.chic", "--partial");
      assertEquals([code, stdout], [0, "cut.chic -> cut.png: 21x13 pixels\n"]);
      assertStringIncludes(stderr, `warning: cut.chic: ${message}`);
      const picture = readPng(Deno.readFileSync(join(folder, "cut.png")));
      assertEquals([picture.width, picture.height], [21, 13]);
      Deno.removeSync(join(folder, "cut.png"));
    }
  }));

Deno.test("decode --partial of a whole file says nothing, of one without parameters is refused", () =>
  inFolder(async (folder) => {
    Deno.writeFileSync(join(folder, "photo.chic"), FILE);
    const { code, stderr } = await runChic(folder, "decode", "photo.chic", "--partial");
    assertEquals([code, stderr], [0, ""]);
    assertEquals(readPng(Deno.readFileSync(join(folder, "photo.png"))), PICTURE);
    Deno.writeFileSync(join(folder, "stump.chic"), FILE.subarray(0, 20));
    assertEquals((await runChic(folder, "decode", "stump.chic", "--partial")).code, 2);
    assertEquals(namesIn(folder), ["photo.chic", "photo.png", "stump.chic"]);
  }));

Deno.test("info describes a file in words and as JSON", () =>
  inFolder(async (folder) => {
    Deno.writeFileSync(join(folder, "photo.chic"), FILE);
    const { stdout } = await runChic(folder, "info", "photo.chic");
    assertStringIncludes(stdout, "21x13 pixels, RGB, 8 bits per sample");
    assertStringIncludes(stdout, "lop, ");
    const json = JSON.parse((await runChic(folder, "info", "photo.chic", "--json")).stdout);
    assertEquals([json.width, json.height, json.bytes, json.preset], [21, 13, FILE.length, "lop"]);
    const { header, parameters, latents } = json.section_bytes;
    assertEquals(header + parameters + latents, FILE.length);
    assertStringIncludes(stdout, `${json.parameters} parameters`);
    assertStringIncludes(stdout, `${json.mac_per_pixel.total.toFixed(0)} MAC per pixel`);
  }));

Deno.test("chic --help and --version end well", () =>
  inFolder(async (folder) => {
    const help = await runChic(folder, "--help");
    assertEquals([help.code, help.stderr], [0, ""]);
    for (const command of ["encode", "decode", "info"]) assertStringIncludes(help.stdout, command);
    assertEquals((await runChic(folder, "--version")).code, 0);
  }));
