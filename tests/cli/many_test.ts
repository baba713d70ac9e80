/** Many files in one command. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { writePng } from "../../files/png_writer.ts";
import { writePam, writePnm } from "../../files/pnm_writer.ts";
import { decode, type FileInfo, readInfo } from "../../mod.ts";
import { jpegOf } from "../files/jpeg_maker.ts";
import { testPicture } from "../files/png_maker.ts";
import { inFolder, namesIn, putPicture, runChic } from "./command.ts";

const QUICK = ["--device", "cpu", "--iterations", "3"];

/** a.png, b.png and below/c.png in `photos`. */
function putPictures(folder: string): void {
  Deno.mkdirSync(join(folder, "photos/below"), { recursive: true });
  for (const name of ["a.png", "b.png", "below/c.png"]) putPicture(folder, join("photos", name));
}

function readFileInfo(path: string): FileInfo {
  return readInfo(Deno.readFileSync(path));
}

function readLog(folder: string): Record<string, unknown>[] {
  return Deno.readTextFileSync(join(folder, "log.jsonl")).trimEnd().split("\n").map((line) => JSON.parse(line));
}

Deno.test("encode DIR -o DIR encodes a folder, logs, and skips what is done; decode DIR -o DIR brings it back", () =>
  inFolder(async (folder) => {
    putPictures(folder);
    const args = ["photos", "-o", "coded", "--log", "log.jsonl"];
    const first = await runChic(folder, "encode", ...args, ...QUICK);
    assertEquals(first.code, 0, first.stderr);
    assertEquals(namesIn(join(folder, "coded")), ["a.chic", "b.chic", "below"]);
    assertEquals(namesIn(join(folder, "coded/below")), ["c.chic"]);
    const lines = first.stdout.trimEnd().split("\n");
    assertEquals(lines[0].split(/\s+/), ["file", "status", "bytes", "bpp", "psnr_db", "time"]);
    assertEquals(lines.at(-1), "3 files: 3 done, 0 skipped, 0 failed");
    assertEquals(readLog(folder).map(({ status, input }) => [status, input]), [
      ["done", "photos/a.png"],
      ["done", "photos/b.png"],
      ["done", "photos/below/c.png"],
    ]);
    assertEquals(readLog(folder)[0].bytes, Deno.statSync(join(folder, "coded/a.chic")).size);
    // One output is damaged, one older than its input: both are made again.
    Deno.writeTextFileSync(join(folder, "coded/a.chic"), "damaged");
    Deno.utimeSync(join(folder, "coded/b.chic"), 0, 0);
    const second = await runChic(folder, "encode", ...args, ...QUICK);
    assertStringIncludes(second.stdout, "3 files: 2 done, 1 skipped, 0 failed");
    assertStringIncludes(second.stderr, "skipped: coded/below/c.chic is newer than photos/below/c.png");
    const back = await runChic(folder, "decode", "coded", "-o", "back", "--jobs", "2");
    assertStringIncludes(back.stdout, "3 files: 3 done, 0 skipped, 0 failed");
    assertEquals(namesIn(join(folder, "back")), ["a.png", "b.png", "below"]);
    const again = await runChic(folder, "decode", "coded", "-o", "back");
    assertStringIncludes(again.stdout, "3 files: 0 done, 3 skipped, 0 failed");
  }));

Deno.test("encode takes every kind of picture from a folder, and --alpha and --strip for all of them", () =>
  inFolder(async (folder) => {
    const picture = testPicture(32, 24);
    const alpha = Uint8Array.from({ length: 32 * 24 }, (_, i) => i & 255);
    const metadata = { icc: Uint8Array.of(1, 2, 3) };
    Deno.mkdirSync(join(folder, "photos"));
    const put = (name: string, bytes: Uint8Array) => Deno.writeFileSync(join(folder, "photos", name), bytes);
    put("a.PNG", writePng({ ...picture, alpha, metadata }));
    put("b.jpg", await jpegOf(picture));
    put("c.ppm", writePnm(picture));
    put("d.pam", writePam({ ...picture, alpha }));
    put("notes.txt", new TextEncoder().encode("no picture"));
    const codings = [["lossless"], ["lossy", "--strip"]];
    for (const [kind, ...strip] of codings) {
      const args = ["photos", "-o", kind, "--alpha", kind, ...strip, ...QUICK];
      const { stdout, stderr } = await runChic(folder, "encode", ...args);
      assertStringIncludes(stdout, "4 files: 4 done, 0 skipped, 0 failed", stderr);
      const pictures = ["a", "b", "c", "d"].map((name) => readFileInfo(join(folder, kind, `${name}.chic`)));
      assertEquals(pictures.map((info) => info.alpha), [kind, "none", "none", kind]);
      const icc = decode(Deno.readFileSync(join(folder, kind, "a.chic"))).metadata?.icc;
      assertEquals(icc, strip.length > 0 ? undefined : metadata.icc);
    }
  }));

Deno.test("encode goes on after a bad file, lists it at the end and exits with 2", () =>
  inFolder(async (folder) => {
    putPictures(folder);
    Deno.writeTextFileSync(join(folder, "photos/aa.png"), "no picture");
    const args = ["photos/*.png", "-o", "coded", "--jobs", "2", "--json", "--log", "log.jsonl", ...QUICK];
    const { code, stdout, stderr } = await runChic(folder, "encode", ...args);
    assertEquals(code, 2);
    assertEquals(stderr.trimEnd().split("\n").at(-1), "chic: 1 of 3 files failed: photos/aa.png");
    assertEquals(namesIn(join(folder, "coded")), ["a.chic", "b.chic"]);
    const outputs = stdout.trimEnd().split("\n").map((line) => JSON.parse(line).output);
    assertEquals(outputs.sort(), ["coded/a.chic", "coded/b.chic"]);
    const failed = readLog(folder).find(({ status }) => status === "failed");
    assertStringIncludes(String(failed?.error), "photos/aa.png: expected a PNG, JPEG, PPM, PGM, PBM or PAM file");
  }));

Deno.test("--shard deals every file to one part, and patterns go through folders", () =>
  inFolder(async (folder) => {
    putPictures(folder);
    const made: string[] = [];
    for (const part of ["1/2", "2/2"]) {
      const { code, stderr } = await runChic(
        folder,
        "encode",
        "photos/**/*.png",
        "-o",
        part,
        "--shard",
        part,
        ...QUICK,
      );
      assertEquals(code, 0, stderr);
      for (const name of namesIn(join(folder, part))) made.push(name);
    }
    assertEquals(made, ["a.chic", "below", "b.chic"]);
  }));

Deno.test("encode of several files writes beside them, and never over a file nobody named", () =>
  inFolder(async (folder) => {
    putPictures(folder);
    Deno.writeTextFileSync(join(folder, "photos/b.chic"), "precious");
    const { code, stderr, stdout } = await runChic(folder, "encode", "photos/a.png", "photos/b.png", ...QUICK);
    assertEquals(code, 2);
    assertStringIncludes(stderr, "photos/b.chic: expected no file at the default output");
    assertStringIncludes(stdout, "2 files: 1 done, 0 skipped, 1 failed");
    assertEquals(Deno.readTextFileSync(join(folder, "photos/b.chic")), "precious");
    assert(namesIn(join(folder, "photos")).includes("a.chic"));
  }));

Deno.test("encode refuses two inputs with one output", () =>
  inFolder(async (folder) => {
    putPicture(folder, "a.png");
    Deno.mkdirSync(join(folder, "b"));
    putPicture(folder, "b/a.png");
    const { code, stderr } = await runChic(folder, "encode", "a.png", "b/a.png", "-o", "coded");
    assertEquals(code, 2);
    assertStringIncludes(
      stderr,
      "expected every input to have an output of its own, found coded/a.chic for a.png and b/a.png",
    );
  }));
