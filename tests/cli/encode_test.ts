import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { psnrDb } from "../../mod.ts";
import { readPng } from "../../files/png.ts";
import { testPicture } from "../files/png_maker.ts";
import { chic, inFolder, namesIn, putPicture, runChic } from "./command.ts";

const QUICK = ["--device", "cpu", "--iterations", "20"];

/** The fields of `encode --json`, in order: programs of others read them. */
const JSON_FIELDS = [
  ...["input", "output", "width", "height", "bytes", "bpp", "psnr_db", "rate_latent_bpp", "rate_network_bpp"],
  ...["iterations", "seconds", "device", "preset", "lambda", "seed", "mac_per_pixel"],
];

Deno.test("encode --json reports the file it wrote, as decode sees it", () =>
  inFolder(async (folder) => {
    putPicture(folder);
    const settings = ["--lmbda", "0.002", "--preset", "lop", "--seed", "5", "--json"];
    const encoded = await runChic(folder, "encode", "photo.png", "-o", "out.chic", ...QUICK, ...settings);
    assertEquals(encoded.code, 0, encoded.stderr);
    const json = JSON.parse(encoded.stdout);
    assertEquals(Object.keys(json), JSON_FIELDS);
    assertEquals([json.input, json.output, json.width, json.height], ["photo.png", "out.chic", 32, 24]);
    assertEquals([json.lambda, json.preset, json.seed, json.iterations], [0.002, "lop", 5, 20]);
    assertEquals(json.bytes, Deno.statSync(join(folder, "out.chic")).size);
    assertEquals(json.bpp, 8 * json.bytes / (32 * 24));
    assertEquals((await runChic(folder, "decode", "out.chic", "-o", "back.png", "--quiet")).code, 0);
    const decoded = readPng(Deno.readFileSync(join(folder, "back.png")));
    assertEquals(json.psnr_db, psnrDb(testPicture(32, 24), decoded));
  }));

Deno.test("encode shows progress on stderr and one line on stdout; --quiet shows nothing", () =>
  inFolder(async (folder) => {
    putPicture(folder);
    const loud = await runChic(folder, "encode", "photo.png", ...QUICK);
    assertStringIncludes(loud.stderr, "/20 (");
    assert(/^photo\.png -> photo\.chic: \d+ bytes, .*\n$/.test(loud.stdout), loud.stdout);
    const quiet = await runChic(folder, "encode", "photo.png", "-o", "photo.chic", ...QUICK, "--quiet");
    assertEquals(quiet, { code: 0, stdout: "", stderr: "" });
    assertEquals(namesIn(folder), ["photo.chic", "photo.png"]);
  }));

Deno.test("Ctrl-C while encoding: exit code 130, one last line, an existing output as it was", () =>
  inFolder(async (folder) => {
    putPicture(folder);
    Deno.writeTextFileSync(join(folder, "photo.chic"), "precious");
    const args = ["encode", "photo.png", "-o", "photo.chic", "--device", "cpu", "--iterations", "1000000"];
    const child = chic(folder, args).spawn();
    const stderr = await untilTraining(child.stderr.pipeThrough(new TextDecoderStream()), () => child.kill("SIGINT"));
    assertEquals((await child.status).code, 130, stderr);
    await child.stdout.cancel();
    assertEquals(stderr.trimEnd().split("\n").at(-1), "chic: interrupted, nothing was written");
    assertEquals(namesIn(folder), ["photo.chic", "photo.png"]);
    assertEquals(Deno.readTextFileSync(join(folder, "photo.chic")), "precious");
  }));

Deno.test("Ctrl-C while a picture comes from stdin ends the command at once", () =>
  inFolder(async (folder) => {
    const child = chic(folder, ["encode", "-", "-o", "photo.chic"], "piped").spawn();
    const writer = child.stdin.getWriter();
    // More than a pipe holds: written when the command reads, which waits for more then.
    await writer.write(new Uint8Array(1 << 20));
    child.kill("SIGINT");
    const { code, stderr } = await child.output();
    await writer.abort();
    assertEquals([code, new TextDecoder().decode(stderr)], [130, "chic: interrupted, nothing was written\n"]);
    assertEquals(namesIn(folder), []);
  }));

/** Reads a stream to its end; calls `act` when it first tells of training. */
async function untilTraining(stream: ReadableStream<string>, act: () => void): Promise<string> {
  let text = "";
  let acted = false;
  for await (const part of stream) {
    text += part;
    if (!acted && text.includes("training ")) act();
    acted ||= text.includes("training ");
  }
  return text;
}
