import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { readPng } from "../../files/png.ts";
import { writePng } from "../../files/png_writer.ts";
import { readPnm } from "../../files/pnm.ts";
import { writePnm } from "../../files/pnm_writer.ts";
import { type Image, psnrDb } from "../../mod.ts";
import { exifOf, jpegOf, segment, withSegments } from "../files/jpeg_maker.ts";
import { testPicture } from "../files/png_maker.ts";
import { inFolder, namesIn, pipeChic, runChic } from "./command.ts";

const QUICK = ["--device", "cpu", "--iterations", "60", "--preset", "lop", "--lambda", "0.0003"];

/** Slopes, of any depth and number of channels: little training shows them well. */
function slopes(channels: number, bitDepth: number): Image {
  const [width, height] = [24, 16];
  const data = bitDepth > 8 ? new Uint16Array(width * height * channels) : new Uint8Array(width * height * channels);
  const top = 2 ** bitDepth - 1;
  for (let i = 0; i < data.length; i++) {
    const pixel = Math.floor(i / channels);
    data[i] = top * (0.2 + 0.5 * (pixel % width) / width + 0.2 * Math.floor(pixel / width) / height);
  }
  return { width, height, channels, bitDepth, data };
}

/** A disc that fades out. */
function fadingAlpha({ width, height, bitDepth }: Image): Uint8Array | Uint16Array {
  const alpha = bitDepth > 8 ? new Uint16Array(width * height) : new Uint8Array(width * height);
  const top = 2 ** bitDepth - 1;
  for (let i = 0; i < alpha.length; i++) {
    const radius = Math.hypot(i % width - width / 2, Math.floor(i / width) - height / 2);
    alpha[i] = Math.max(0, Math.min(top, top * (1.5 - radius / 7)));
  }
  return alpha;
}

/** Encodes a file and decodes the result as PNG. */
async function roundTrip(folder: string, name: string, file: Uint8Array, ...options: string[]): Promise<Image> {
  Deno.writeFileSync(join(folder, name), file);
  const encoded = await runChic(folder, "encode", name, "-o", "out.chic", ...QUICK, "--quiet", ...options);
  assertEquals(encoded, { code: 0, stdout: "", stderr: "" });
  const decoded = await runChic(folder, "decode", "out.chic", "-o", "back.png", "--quiet");
  assertEquals(decoded, { code: 0, stdout: "", stderr: "" });
  return readPng(Deno.readFileSync(join(folder, "back.png")));
}

for (const [channels, bitDepth] of [[1, 8], [1, 16], [3, 16]]) {
  Deno.test(`encode and decode keep ${channels} channels of ${bitDepth} bits, PNG and Netpbm`, () =>
    inFolder(async (folder) => {
      const picture = slopes(channels, bitDepth);
      const back = await roundTrip(folder, "photo.png", writePng(picture));
      assertEquals([back.channels, back.bitDepth, back.alpha], [channels, bitDepth, undefined]);
      assert(psnrDb(picture, back) > 25, `${psnrDb(picture, back)} dB`);
      assertEquals(await roundTrip(folder, "photo.any", writePnm(picture)), back);
      const extension = channels === 1 ? "pgm" : "ppm";
      for (const kind of [extension, "pnm", "pam"]) {
        assertEquals((await runChic(folder, "decode", "out.chic", "-o", `back.${kind}`)).stderr, "");
        assertEquals(readPnm(Deno.readFileSync(join(folder, `back.${kind}`))), back);
      }
    }));
}

Deno.test("encode keeps more than 8 bits of a dark 16-bit picture", () =>
  inFolder(async (folder) => {
    const data = Uint16Array.from({ length: 24 * 16 }, (_, i) => 1000 + 3 * i);
    const picture = { width: 24, height: 16, channels: 1, bitDepth: 16, data };
    const back = await roundTrip(folder, "dark.png", writePng(picture), "--lambda", "0.000001", "--iterations", "1500");
    // 8 bits leave 59 dB where rounding is the only error.
    assert(psnrDb(picture, back) > 62, `${psnrDb(picture, back)} dB`);
  }));

Deno.test("encode keeps the white of a 16-bit picture", () =>
  inFolder(async (folder) => {
    const data = Uint16Array.from({ length: 24 * 16 }, (_, i) => i % 24 < 12 ? 65535 : 65535 - 20 * i);
    const picture = { width: 24, height: 16, channels: 1, bitDepth: 16, data };
    const back = await roundTrip(folder, "white.png", writePng(picture), "--lambda", "0.00001", "--iterations", "600");
    assert(psnrDb(picture, back) > 50, `${psnrDb(picture, back)} dB`);
  }));

for (const [channels, bitDepth] of [[1, 8], [3, 8], [3, 16]]) {
  Deno.test(`encode keeps alpha exactly beside ${channels} channels of ${bitDepth} bits`, () =>
    inFolder(async (folder) => {
      const picture = slopes(channels, bitDepth);
      const alpha = fadingAlpha(picture);
      const back = await roundTrip(folder, "photo.png", writePng({ ...picture, alpha }));
      assertEquals(back.alpha, alpha);
      assert(psnrDb(picture, back) > 25, `${psnrDb(picture, back)} dB`);
    }));

  Deno.test(`encode --alpha lossy codes alpha like ${channels} channels of ${bitDepth} bits`, () =>
    inFolder(async (folder) => {
      const picture = slopes(channels, bitDepth);
      const alpha = fadingAlpha(picture);
      const file = writePng({ ...picture, alpha });
      const back = await roundTrip(folder, "photo.png", file, "--alpha", "lossy", "--iterations", "400");
      assertEquals([back.channels, back.bitDepth, back.alpha?.length], [channels, bitDepth, alpha.length]);
      const plane = (data: typeof alpha): Image => ({ ...picture, channels: 1, data });
      assert(psnrDb(plane(alpha), plane(back.alpha!)) > 20);
      const { stdout } = await runChic(folder, "info", "out.chic");
      assertStringIncludes(stdout, channels === 1 ? "gray with alpha" : "RGB with alpha");
    }));
}

Deno.test("encode spends nothing on alpha that is opaque everywhere", () =>
  inFolder(async (folder) => {
    const picture = slopes(3, 8);
    const alpha = new Uint8Array(picture.width * picture.height).fill(255);
    const back = await roundTrip(folder, "opaque.png", writePng({ ...picture, alpha }));
    const opaque = Deno.readFileSync(join(folder, "out.chic"));
    assertEquals(await roundTrip(folder, "plain.png", writePng(picture)), back);
    assertEquals(Deno.readFileSync(join(folder, "out.chic")), opaque);
  }));

const METADATA = {
  icc: Uint8Array.from({ length: 500 }, (_, i) => i & 31),
  cicp: Uint8Array.of(9, 16, 0, 1),
  srgb: Uint8Array.of(0),
  gamma: Uint8Array.of(0, 1, 134, 160),
  chromaticities: new Uint8Array(32).fill(7),
  exif: exifOf(1),
  xmp: new TextEncoder().encode("<x:xmpmeta/>"),
};

Deno.test("encode and decode keep metadata; --strip leaves them out; info names them", () =>
  inFolder(async (folder) => {
    const file = writePng({ ...slopes(3, 8), metadata: METADATA });
    assertEquals((await roundTrip(folder, "photo.png", file)).metadata, METADATA);
    const json = JSON.parse((await runChic(folder, "info", "out.chic", "--json")).stdout);
    assertEquals(Object.keys(json.extension_bytes).sort(), Object.keys(METADATA).sort());
    assertStringIncludes((await runChic(folder, "info", "out.chic")).stdout, "  gamma");
    assertEquals((await roundTrip(folder, "photo.png", file, "--strip")).metadata, undefined);
  }));

Deno.test("encode turns a JPEG picture upright and keeps its profile, Exif and XMP", () =>
  inFolder(async (folder) => {
    const file = withSegments(
      await jpegOf(slopes(3, 8)),
      segment(0xe1, "Exif\0\0", exifOf(8)),
      segment(0xe1, "http://ns.adobe.com/xap/1.0/\0", METADATA.xmp),
      segment(0xe2, "ICC_PROFILE\0\x01\x01", METADATA.icc),
    );
    const back = await roundTrip(folder, "wrong-name.png", file);
    assertEquals([back.width, back.height], [16, 24]);
    assertEquals(back.metadata, { icc: METADATA.icc, exif: METADATA.exif, xmp: METADATA.xmp });
  }));

Deno.test("encode says what is wrong with metadata and goes on", () =>
  inFolder(async (folder) => {
    const file = withSegments(await jpegOf(slopes(1, 8)), segment(0xe2, "ICC_PROFILE\0\x01\x02", METADATA.icc));
    Deno.writeFileSync(join(folder, "photo.jpg"), file);
    const { code, stderr } = await runChic(folder, "encode", "photo.jpg", ...QUICK, "--quiet");
    assertEquals([code, stderr], [0, "warning: photo.jpg: left out the damaged ICC profile (1 of 2 parts)\n"]);
  }));

Deno.test("encode, decode and info read stdin and write stdout", () =>
  inFolder(async (folder) => {
    const encoded = await pipeChic(folder, writePng(testPicture(20, 10)), "encode", "-", ...QUICK);
    assertEquals(encoded.code, 0, encoded.stderr);
    assertStringIncludes(encoded.stderr, "stdin -> stdout: ");
    const decoded = await pipeChic(folder, encoded.stdout, "decode", "-");
    assertEquals([decoded.code, decoded.stderr], [0, "stdin -> stdout: 20x10 pixels\n"]);
    assertEquals(readPng(decoded.stdout).width, 20);
    const info = await pipeChic(folder, encoded.stdout, "info", "-", "--json");
    assertEquals(JSON.parse(new TextDecoder().decode(info.stdout)).bytes, encoded.stdout.length);
    const refused = await pipeChic(folder, new TextEncoder().encode("Hello"), "encode", "-");
    assertEquals([refused.code, refused.stdout.length], [2, 0]);
    assertStringIncludes(refused.stderr, "chic: stdin: expected a PNG, JPEG, PPM, PGM, PBM or PAM file");
    assertEquals(namesIn(folder), []);
  }));

Deno.test("decode warns where alpha has no place, and widens gray for PPM", () =>
  inFolder(async (folder) => {
    const picture = slopes(1, 8);
    const back = await roundTrip(folder, "photo.png", writePng({ ...picture, alpha: fadingAlpha(picture) }));
    const { code, stderr } = await runChic(folder, "decode", "out.chic", "-o", "back.ppm", "--quiet");
    assertEquals([code, stderr.startsWith("warning: back.ppm: the picture's alpha has no place")], [0, true]);
    const wide = readPnm(Deno.readFileSync(join(folder, "back.ppm")));
    assertEquals([wide.channels, [...wide.data].filter((_, i) => i % 3 === 2)], [3, [...back.data]]);
  }));
