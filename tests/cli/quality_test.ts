/** Choosing a quality: the options, and what the files come to. */

import { assert, assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { join } from "node:path";
import { writePng } from "../../files/png_writer.ts";
import { decode, qualityToLambda } from "../../mod.ts";
import { drawSample } from "../../samples/draw_sample.ts";
import { randomSource } from "../random.ts";
import { inFolder, namesIn, pipeChic, putPicture, runChic } from "./command.ts";

const CPU = ["--device", "cpu", "--json", "--quiet"];

/** A drawn picture, large enough for its latents to outweigh its networks. */
function putDrawing(folder: string): void {
  Deno.writeFileSync(join(folder, "photo.png"), writePng(drawSample({ width: 96, height: 64 })));
}

async function encodeJson(folder: string, ...args: string[]) {
  const outcome = await runChic(folder, "encode", "photo.png", "-o", "photo.chic", ...CPU, ...args);
  assertEquals(outcome.code, 0, outcome.stderr);
  return { ...JSON.parse(outcome.stdout), stderr: outcome.stderr };
}

Deno.test("qualityToLambda() runs from 0.1 to 1e-5, evenly in the logarithm", () => {
  assertAlmostEquals(qualityToLambda(1), 0.1, 1e-9);
  assertAlmostEquals(qualityToLambda(50.5), 1e-3, 1e-9);
  assertAlmostEquals(qualityToLambda(100), 1e-5, 1e-12);
  assertThrows(() => qualityToLambda(0), RangeError, "quality 1..100");
});

Deno.test("encode --bytes and --bpp land on the size, at most 2 % below it", () =>
  inFolder(async (folder) => {
    putDrawing(folder);
    const plain = await encodeJson(folder, "--iterations", "300", "--lambda", "0.0005");
    const target = Math.round(0.8 * plain.bytes);
    const bytes = await encodeJson(folder, "--iterations", "300", "--bytes", `${target}`);
    assert(bytes.bytes <= target && bytes.bytes >= 0.98 * target, `${bytes.bytes} of ${target}, ${bytes.stderr}`);
    assert(bytes.lambda !== plain.lambda);
    const bpp = 8 * target / (96 * 64);
    const byRate = await encodeJson(folder, "--iterations", "300", "--bpp", `${bpp}`);
    assert(byRate.bpp <= bpp && byRate.bpp >= 0.98 * bpp, `${byRate.bpp} of ${bpp}, ${byRate.stderr}`);
  }));

Deno.test("encode --bytes counts alpha and metadata, from stdin to stdout too", () =>
  inFolder(async (folder) => {
    const picture = drawSample({ width: 96, height: 64 });
    const random = randomSource(1);
    // Noise cannot be packed: some 200 bytes of alpha, 500 of a profile.
    const alpha = Uint8Array.from({ length: 96 * 64 }, (_, i) => i < 200 ? 256 * random() : 255);
    const icc = Uint8Array.from({ length: 500 }, () => 256 * random());
    const file = writePng({ ...picture, alpha, metadata: { icc } });
    const args = ["encode", "-", "--preset", "lop", "--iterations", "300", ...CPU];
    const plain = await pipeChic(folder, file, ...args, "--lambda", "0.0005");
    const target = Math.round(0.85 * plain.stdout.length);
    const sized = await pipeChic(folder, file, ...args, "--bytes", `${target}`);
    const { bytes, input, output } = JSON.parse(sized.stderr);
    assertEquals([input, output, bytes], ["stdin", "stdout", sized.stdout.length]);
    assert(bytes <= target && bytes >= 0.98 * target, `${bytes} of ${target}`);
    const decoded = decode(sized.stdout);
    assertEquals([decoded.alpha, decoded.metadata?.icc], [alpha, icc]);
    const less = Math.round(0.6 * plain.stdout.length);
    const stripped = await pipeChic(folder, file, ...args, "--strip", "--alpha", "lossy", "--bytes", `${less}`);
    const length = stripped.stdout.length;
    assert(length <= less && length >= 0.98 * less, `${length} of ${less}, stripped`);
    assertEquals(decode(stripped.stdout).metadata, undefined);
    assertEquals(typeof JSON.parse(stripped.stderr).alpha_psnr_db, "number");
    assertEquals(namesIn(folder), []);
  }));

Deno.test("encode --psnr lands within 0.1 dB", () =>
  inFolder(async (folder) => {
    putDrawing(folder);
    const plain = await encodeJson(folder, "--iterations", "300", "--quality", "45");
    assertAlmostEquals(plain.lambda, qualityToLambda(45), 1e-9);
    const target = plain.psnr_db + 0.6;
    const found = await encodeJson(folder, "--iterations", "300", "--psnr", `${target}`);
    assertAlmostEquals(found.psnr_db, target, 0.1, found.stderr);
  }));

Deno.test("encode says in one line that a target cannot be reached, and writes the nearest file", () =>
  inFolder(async (folder) => {
    putPicture(folder);
    // A header alone takes thirteen bytes.
    const found = await encodeJson(folder, "--iterations", "20", "--bytes", "12");
    const lines = found.stderr.trimEnd().split("\n");
    assertEquals(lines.length, 1, found.stderr);
    assertStringIncludes(lines[0], "warning: photo.png: the target was not reached: expected at most 12 bytes");
    assert(found.bytes > 12);
    assertEquals(namesIn(folder), ["photo.chic", "photo.png"]);
  }));

Deno.test("encode --time ends in time and uses most of it", () =>
  inFolder(async (folder) => {
    putPicture(folder);
    const start = performance.now();
    const { iterations, seconds } = await encodeJson(folder, "--time", "4s");
    const wall = (performance.now() - start) / 1000;
    // Starting the process, type checks included, is not the command's to count.
    assert(seconds <= 4 && seconds > 1.5 && wall < 8, `${seconds} s, ${wall} s in all`);
    assert(iterations > 20, `${iterations} iterations`);
  }));

Deno.test("encode --bytes with --time ends in time, at most so large or with a warning", () =>
  inFolder(async (folder) => {
    putDrawing(folder);
    const { bytes, seconds, stderr } = await encodeJson(folder, "--bytes", "1500", "--time", "5s", "--preset", "lop");
    assert(seconds <= 5, `${seconds} s`);
    assert(bytes <= 1500 || stderr.includes("the target was not reached"), `${bytes} bytes, ${stderr}`);
    assert(bytes < 3000, `${bytes} bytes`);
  }));
