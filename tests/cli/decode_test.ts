import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { PRESETS } from "../../bitstream/architecture.ts";
import { pixelChecksum } from "../../bitstream/checksum.ts";
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
