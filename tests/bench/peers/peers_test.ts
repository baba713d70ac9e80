import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { type Peer, PEERS } from "../../../bench/peers/codecs.ts";
import { installedVersion, ProgramError, runPeer } from "../../../bench/peers/run_peer.ts";
import { readMeasurements } from "../../../bench/rd/measurement.ts";
import { writePnm } from "../../../files/pnm_writer.ts";
import { writePng } from "../../../files/png_writer.ts";
import { drawSample } from "../../../samples/draw_sample.ts";
import { benchCommand, withPictures } from "../pictures.ts";

/** The SVT encoder takes no smaller pictures. */
const SVT_LEAST_SIDE = 66;

/** A codec that copies, but for one sample that it makes brighter by `quality`. */
const COPY: Peer = {
  name: "copy",
  programs: [Deno.execPath()],
  package: "none",
  version: { command: [Deno.execPath(), "--version"], part: /deno \d+\.\d+\.\d+/ },
  qualities: [3],
  extension: "bin",
  decodedAs: "ppm",
  encode: ({ ppm, coded }, quality) => {
    const change =
      `const b = Deno.readFileSync("${ppm}"); b[b.length - 1] ^= ${quality}; Deno.writeFileSync("${coded}", b)`;
    return [Deno.execPath(), "eval", change];
  },
  decode: ({ coded, decoded }) => [Deno.execPath(), "eval", `Deno.copyFileSync("${coded}", "${decoded}")`],
};

Deno.test("runPeer() measures the file that the encoder wrote and the picture that the decoder wrote", () =>
  withPictures(async (folder) => {
    const image = drawSample({ width: 32, height: 24 });
    const ppm = join(folder, "one.ppm");
    Deno.writeFileSync(ppm, writePnm(image));
    const input = { image, name: "one", png: join(folder, "images", "one.png"), ppm, folder };
    const last = image.data[image.data.length - 1];
    const error = (last ^ 3) - last;
    const row = await runPeer(COPY, 3, input);
    assertEquals([row.codec, row.image, row.quality, row.bytes], ["copy", "one", "3", `${writePnm(image).length}`]);
    assertEquals(row.psnr_db, (10 * Math.log10(255 ** 2 * 32 * 24 * 3 / error ** 2)).toFixed(4));
    assert(Number(row.seconds) > 0 && Number(row.decode_seconds) > 0);
    const failing: Peer = { ...COPY, decode: () => [Deno.execPath(), "eval", "throw new Error('no such picture')"] };
    await assertRejects(() => runPeer(failing, 3, input), ProgramError, "no such picture");
  }));

Deno.test("installedVersion() finds a program's version, and neither missing programs nor builds without the encoder", () => {
  assertEquals(installedVersion(COPY), `deno ${Deno.version.deno}`);
  assertEquals(installedVersion({ ...COPY, programs: ["no-such-program-here"] }), undefined);
  const other = { ...COPY, version: { ...COPY.version, part: /no such encoder/ } };
  assertEquals(installedVersion(other), undefined);
});

Deno.test("peers writes a row per picture, codec and quality, names what is missing, and runs nothing twice", () =>
  withPictures(async (folder) => {
    const args = ["--images", "images", "--out", "out"];
    const { code, stderr } = await benchCommand("peers/main.ts", folder, args);
    assertEquals(code, 0, stderr);
    const installed = PEERS.filter((peer) => installedVersion(peer) !== undefined);
    for (const peer of PEERS.filter((peer) => !installed.includes(peer))) {
      assertStringIncludes(
        stderr,
        `missing: ${peer.name} (${peer.programs.join(", ")}): apt-get install ${peer.package}`,
      );
    }
    const path = join(folder, "out", "peers.tsv");
    const count = 2 * installed.reduce((sum, { qualities }) => sum + qualities.length, 0);
    assertEquals(Deno.readTextFileSync(path).trimEnd().split("\n").length, 1 + count);
    if (count > 0) assert(readMeasurements(path, "").every(({ psnrDb }) => psnrDb > 15));
    const before = Deno.readTextFileSync(path);
    assertEquals((await benchCommand("peers/main.ts", folder, args)).code, 0);
    assertEquals(Deno.readTextFileSync(path), before);
  }, SVT_LEAST_SIDE / 3));

Deno.test("peers refuses pictures that some codec could not take", () =>
  withPictures(async (folder) => {
    const gray = { width: 4, height: 4, channels: 1, bitDepth: 8, data: new Uint8Array(16) };
    Deno.writeFileSync(join(folder, "images", "gray.png"), writePng(gray));
    const { code, stderr } = await benchCommand("peers/main.ts", folder, ["--images", "images", "--out", "out"]);
    assertEquals(code, 2);
    assertStringIncludes(stderr, "gray.png: expected 8-bit RGB without alpha, found 1 channels, 8 bits");
  }));
