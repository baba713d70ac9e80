import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { pixelChecksum } from "../../bitstream/checksum.ts";
import { writeModel } from "../../bitstream/write.ts";
import { reconstruct } from "../../codec/reconstruct.ts";
import { tinyPng } from "../files/png_maker.ts";
import { randomModel } from "../random_model.ts";
import { inFolder, namesIn, type Outcome, putPicture, runChic } from "./command.ts";

/** One line that holds every part, and the exit code for bad input. */
function assertRefused({ code, stdout, stderr }: Outcome, ...parts: string[]): void {
  for (const part of parts) assertStringIncludes(stderr, part);
  assertEquals(stderr.trimEnd().split("\n").length, 1, stderr);
  assertEquals({ code, stdout }, { code: 2, stdout: "" });
}

function chicFile(): Uint8Array {
  const model = randomModel({ seed: 7, channels: 3, bitDepth: 8 });
  return writeModel(model, pixelChecksum(reconstruct(model).data)).bytes;
}

const BAD_PICTURES: readonly (readonly [what: string, file: Uint8Array, found: string])[] = [
  [
    "a file that is no PNG",
    new TextEncoder().encode("Hello, world"),
    "expected a PNG, JPEG, PPM, PGM, PBM or PAM file, found a file that starts",
  ],
  ["an empty file", new Uint8Array(), "PBM or PAM file, found an empty file"],
  ["a truncated file", tinyPng().subarray(0, 60), "found the end of the file at byte 60"],
  ["a wrong CRC", tinyPng().map((byte, i) => i === 45 ? byte ^ 1 : byte), "expected CRC 0x"],
  ["absurd dimensions", tinyPng({ width: 2 ** 31 - 1 }), "expected 1 to 65535 pixels per side, found 2147483647x4"],
  ["a file of the codec itself", chicFile(), "PBM or PAM file, found a .chic file"],
  ["a GIF file", new TextEncoder().encode("GIF89a..."), "found a GIF file"],
  ["a cut PPM file", new TextEncoder().encode("P6 2 2 255 12345"), "expected 12 bytes of samples, found 5"],
  ["a cut JPEG file", Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 16, 1), "expected a whole segment at byte 4"],
];

for (const [what, file, found] of BAD_PICTURES) {
  Deno.test(`encode refuses ${what} and leaves the folder as it was`, () =>
    inFolder(async (folder) => {
      Deno.writeFileSync(join(folder, "photo.png"), file);
      Deno.writeTextFileSync(join(folder, "photo.chic"), "precious");
      assertRefused(await runChic(folder, "encode", "photo.png", "-o", "photo.chic"), "photo.png: ", found);
      assertEquals(namesIn(folder), ["photo.chic", "photo.png"]);
      assertEquals(Deno.readTextFileSync(join(folder, "photo.chic")), "precious");
    }));
}

const BAD_CHIC_FILES: readonly (readonly [what: string, damage: (file: Uint8Array) => Uint8Array, found: string])[] = [
  ["a file of another kind", () => tinyPng(), "expected"],
  ["an empty file", () => new Uint8Array(), "expected"],
  ["a truncated file", (file) => file.subarray(0, file.length - 3), "expected"],
  ["a corrupted file", (file) => file.map((byte, i) => i === file.length >> 1 ? byte ^ 4 : byte), "expected checksum"],
  // The version is in the low bits of the third byte: whichever it is, setting them all is another one.
  ["an unknown version", (file) => file.map((byte, i) => i === 2 ? byte | 0xf0 : byte), "version"],
];

for (const [what, damage, found] of BAD_CHIC_FILES) {
  for (const command of ["decode", "info"]) {
    Deno.test(`${command} refuses ${what} and leaves the folder as it was`, () =>
      inFolder(async (folder) => {
        Deno.writeFileSync(join(folder, "photo.chic"), damage(chicFile()));
        Deno.writeTextFileSync(join(folder, "photo.png"), "precious");
        const output = command === "decode" ? ["-o", "photo.png"] : [];
        assertRefused(await runChic(folder, command, "photo.chic", ...output), "photo.chic: ", found);
        assertEquals(namesIn(folder), ["photo.chic", "photo.png"]);
        assertEquals(Deno.readTextFileSync(join(folder, "photo.png")), "precious");
      }));
  }
}

const BAD_COMMANDS: readonly (readonly [args: readonly string[], message: string])[] = [
  [[], "expected a command (encode, decode, info, compare, view, doctor or completions), found none"],
  [["encoed", "photo.png"], "unknown command 'encoed' (Did you mean encode?)"],
  [["encode"], "missing required argument 'inputs'"],
  [["info"], "missing required argument 'input'"],
  [["info", "photo.chic", "more.chic"], "too many arguments"],
  [["encode", "photo.png", "--lamda", "1"], "unknown option '--lamda' (Did you mean --lambda?)"],
  [["encode", "photo.png", "--lambda", "11"], "Expected a number from 0.000001 to 10"],
  [["encode", "photo.png", "--lmbda", ""], "Expected a number from 0.000001 to 10"],
  [["encode", "photo.png", "--iterations", "0"], "Expected a whole number from 1 to 10000000"],
  [["encode", "photo.png", "--iterations", "1.5"], "Expected a whole number"],
  [["encode", "photo.png", "--seed", "-1"], "Expected a whole number from 0 to 4294967295"],
  [["encode", "photo.png", "--threads", "x"], "Expected a whole number from 0 to 64"],
  [["encode", "photo.png", "--preset", "top"], "Allowed choices are lop, mop, hop"],
  [["encode", "photo.png", "--device", "tpu"], "Allowed choices are auto, cpu, gpu, cuda:0"],
  [["encode", "no.png"], "no.png: expected a readable file, found nothing at this path"],
  [["info", "."], ".: expected a readable file, found a folder"],
  [["decode", "."], "expected files .chic in ., found none"],
  [["encode", "*.jpg"], "expected files .png, .jpg, .jpeg, .ppm, .pgm, .pbm, .pnm, .pam in *.jpg, found none"],
  [
    ["encode", "photo.png", "--bpp", "1", "--psnr", "30"],
    "expected only one of --lambda, --quality, --bpp, --bytes and",
  ],
  [["encode", "photo.png", "--time", "3 days"], "Expected a time like 90s, 1.5m or 2h"],
  [["encode", "photo.png", "--time", "9s", "--iterations", "9"], "expected only one of --time and --iterations"],
  [["encode", "photo.png", "--layers_arm", "12,x"], "Expected 1 to 7 whole numbers from 1 to 64, like 12,12"],
  [["encode", "photo.png", "--layers_arm", "12", "--preset", "lop"], "expected only one of --preset and the layers"],
  [["encode", ".", "--shard", "3/2"], "Expected PART/PARTS, like 2/5"],
  [["encode", ".", "--checkpoint", "c"], "expected one picture with --checkpoint, found several or a folder"],
  [["encode", "-", "photo.png"], "expected - (stdin) as the only input, found several inputs"],
  [["decode", "-", "photo.chic"], "expected - (stdin) as the only input, found several inputs"],
  [["encode", ".", "-o", "-"], "expected a folder for many outputs, found - (stdout)"],
  [["encode", "photo.png", "--checkpoint", "-"], "expected a file with --checkpoint, found - (stdout)"],
  [["encode", "photo.png", "--decoded_img_path", "back.webp"], "back.webp: expected a name that ends in .png"],
  [
    ["encode", "photo.png", "--decoded_img_path", "back.pgm"],
    "back.pgm: expected a gray picture for this kind of file",
  ],
  [["decode", "no.chic"], "no.chic: expected a readable file, found nothing at this path"],
  [["encode", "photo.png", "--alpha", "maybe"], "Allowed choices are lossless, lossy"],
  [["info", "line\nbreak.chic"], "line break.chic: expected a readable file"],
  [["encode", "photo.png", "-o", "no/photo.chic"], "no/photo.chic: expected a place where a file can be written"],
  [["encode", "photo.png", "-o", "."], ".: expected a file to write, found a folder"],
  [["encode", "photo.png", "-o", "/dev/null"], "/dev/null: expected a file to write, found a device or pipe"],
  [["encode", "photo.png", "-o", "./photo.png"], "./photo.png: expected an output other than the input"],
];

for (const [args, message] of BAD_COMMANDS) {
  Deno.test(`chic ${args.join(" ").replace("\n", "\\n")}: one line, exit code 2, nothing written`, () =>
    inFolder(async (folder) => {
      putPicture(folder);
      assertRefused(await runChic(folder, ...args), message);
      assertEquals(namesIn(folder), ["photo.png"]);
    }));
}

Deno.test("decode refuses names of files that it cannot write, before it works", () =>
  inFolder(async (folder) => {
    Deno.writeFileSync(join(folder, "photo.chic"), chicFile());
    const outcome = await runChic(folder, "decode", "photo.chic", "-o", "photo.webp");
    assertRefused(outcome, "photo.webp: expected a name that ends in .png, .pam, .pnm, .ppm, .pgm, found .webp");
    assertRefused(
      await runChic(folder, "decode", "photo.chic", "-o", "photo.pgm"),
      "photo.pgm: expected a gray picture",
    );
    assertEquals(namesIn(folder), ["photo.chic"]);
  }));

Deno.test("decode does not replace a file that nobody named", () =>
  inFolder(async (folder) => {
    Deno.writeFileSync(join(folder, "photo.chic"), chicFile());
    putPicture(folder);
    const before = Deno.readFileSync(join(folder, "photo.png"));
    assertRefused(await runChic(folder, "decode", "photo.chic"), "photo.png: expected no file at the default output");
    assertEquals(Deno.readFileSync(join(folder, "photo.png")), before);
  }));
