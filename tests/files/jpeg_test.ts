import { assert, assertEquals, assertRejects } from "@std/assert";
import { PictureError } from "../../files/errors.ts";
import { readJpeg } from "../../files/jpeg.ts";
import { orient } from "../../files/orient.ts";
import { type Image, psnrDb } from "../../mod.ts";
import { exifOf, jpegOf, segment, withSegments } from "./jpeg_maker.ts";

/** A smooth picture: JPEG keeps it well. */
function slopes(width: number, height: number, channels: number): Image {
  const data = Uint8Array.from({ length: width * height * channels }, (_, i) => {
    const pixel = Math.floor(i / channels);
    return 20 + 200 * (pixel % width) / width * (i % channels === 0 ? 1 : 0.5) +
      30 * Math.floor(pixel / width) / height;
  });
  return { width, height, channels, bitDepth: 8, data };
}

const none = () => {};
const [APP1, APP2] = [0xe1, 0xe2];

for (const channels of [1, 3]) {
  for (const progressive of [false, true]) {
    const name = `${channels === 1 ? "gray" : "RGB"}${progressive ? ", progressive" : ""}`;
    Deno.test(`readJpeg() reads ${name}`, async () => {
      const picture = slopes(37, 21, channels);
      const image = await readJpeg(await jpegOf(picture, { progressive }), none);
      assert(psnrDb(picture, image) > 40, `${psnrDb(picture, image)} dB`);
      assertEquals(image.metadata, undefined);
    });
  }
}

/** Where the pixels of the rows ABC, DEF are to be seen for each Exif orientation (TIFF 6.0, tag 274). */
const TURNED = ["ABC DEF", "CBA FED", "FED CBA", "DEF ABC", "AD BE CF", "DA EB FC", "FC EB DA", "CF BE AD"];

Deno.test("orient() turns and mirrors as each orientation says", () => {
  const image = { width: 3, height: 2, channels: 1, bitDepth: 8, data: Uint8Array.from([..."ABCDEF"].map(codeOf)) };
  TURNED.forEach((rows, i) => {
    const { width, height, data } = orient(image, i + 1);
    const lines = Array.from(
      { length: height },
      (_, y) => String.fromCharCode(...data.subarray(y * width, y * width + width)),
    );
    assertEquals(lines.join(" "), rows, `orientation ${i + 1}`);
  });
});

function codeOf(letter: string): number {
  return letter.charCodeAt(0);
}

Deno.test("readJpeg() turns the picture upright and says so in its Exif data, in both byte orders", async () => {
  const file = await jpegOf(slopes(24, 16, 3));
  const stored = await readJpeg(file, none);
  for (const littleEndian of [true, false]) {
    const turned = withSegments(file, segment(APP1, "Exif\0\0", exifOf(6, littleEndian)));
    const { metadata, ...image } = await readJpeg(turned, none);
    assertEquals(image, orient(stored, 6));
    assertEquals([image.width, image.height], [16, 24]);
    assertEquals(metadata, { exif: exifOf(1, littleEndian) });
  }
});

Deno.test("readJpeg() joins the parts of an ICC profile and reads XMP", async () => {
  const file = withSegments(
    await jpegOf(slopes(8, 8, 3)),
    segment(APP2, "ICC_PROFILE\0", Uint8Array.of(2, 2, 30, 40)),
    segment(APP2, "ICC_PROFILE\0", Uint8Array.of(1, 2, 10, 20)),
    segment(APP1, "http://ns.adobe.com/xap/1.0/\0", "<x/>"),
  );
  const { metadata } = await readJpeg(file, none);
  assertEquals(metadata, { icc: Uint8Array.of(10, 20, 30, 40), xmp: new TextEncoder().encode("<x/>") });
});

Deno.test("readJpeg() leaves out a profile with a missing part, and says so", async () => {
  const file = withSegments(await jpegOf(slopes(8, 8, 1)), segment(APP2, "ICC_PROFILE\0", Uint8Array.of(1, 2, 10, 20)));
  const warnings: string[] = [];
  const { metadata } = await readJpeg(file, (message) => warnings.push(message));
  assertEquals([metadata, warnings], [undefined, ["left out the damaged ICC profile (1 of 2 parts)"]]);
});

Deno.test("readJpeg() survives damaged Exif data of any length", async () => {
  const file = await jpegOf(slopes(8, 8, 1));
  const exif = exifOf(3);
  for (let length = 1; length < exif.length; length++) {
    await readJpeg(withSegments(file, segment(APP1, "Exif\0\0", exif.subarray(0, length))), none);
  }
  const far = exif.slice();
  far[7] = 0xff;
  await readJpeg(withSegments(file, segment(APP1, "Exif\0\0", far)), none);
});

Deno.test("readJpeg() refuses files that are cut, too large, or neither gray nor RGB", async () => {
  const file = await jpegOf(slopes(40, 40, 3));
  const frame = file.findIndex((byte, i) => byte === 0xff && (file[i + 1] === 0xc0 || file[i + 1] === 0xc2));
  // Behind the marker: length (2), precision (1), height (2), width (2), components (1).
  const changed = (offset: number, ...values: number[]) => {
    const copy = file.slice();
    copy.set(values, frame + 2 + offset);
    return copy;
  };
  const cases: [file: Uint8Array, message: string][] = [
    [file.subarray(0, file.length - 2), "expected an end of image (EOI), found the end of the file"],
    [file.subarray(0, 30), "expected a whole segment at byte"],
    [file.subarray(0, 2), "expected an end of image"],
    [Uint8Array.of(0xff, 0xd8, 0xff, 0xd9), "expected a frame header (SOF), found none"],
    [Uint8Array.of(0xff, 0xd8, 1, 2, 3), "expected a marker at byte 2"],
    [changed(3, 0, 0), "1 to 65535 pixels per side, found 40x0"],
    [changed(3, 0xff, 0xff, 0xff, 0xff), "at most 67108864 pixels"],
    [changed(2, 12), "expected a JPEG file of 8 bits per sample, found 12 bits"],
    [changed(7, 4), "expected a gray or RGB JPEG file, found CMYK"],
    [changed(7, 2), "found 2 components"],
    [changed(-1, 0xc3), "expected a sound JPEG file, found damaged data"],
  ];
  for (const [damaged, message] of cases) await assertRejects(() => readJpeg(damaged, none), PictureError, message);
  // The decoder still works after it has refused a file.
  assertEquals((await readJpeg(file, none)).width, 40);
});

Deno.test("readJpeg() warns of damaged data that it can decode", async () => {
  const file = (await jpegOf(slopes(64, 64, 3))).slice();
  const scan = file.findIndex((byte, i) => byte === 0xff && file[i + 1] === 0xda);
  const [start, end] = [scan + 20, file.length - 2];
  const warnings: string[] = [];
  await readJpeg(file.fill(0, start, end), (message) => warnings.push(message));
  const short = Uint8Array.from([...file.subarray(0, start), 0xff, 0xd9]);
  await readJpeg(short, (message) => warnings.push(message));
  assert(
    warnings.length >= 1 && warnings.every((text) => text.startsWith("the JPEG data are damaged: ")),
    `${warnings}`,
  );
});
