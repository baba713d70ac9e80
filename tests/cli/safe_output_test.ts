import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { PRESETS } from "../../bitstream/architecture.ts";
import { pixelChecksum } from "../../bitstream/checksum.ts";
import { writeModel } from "../../bitstream/write.ts";
import { reconstruct } from "../../codec/reconstruct.ts";
import { readPng } from "../../files/png.ts";
import { PERMISSIONS } from "../../packaging/permissions.ts";
import { PROGRAM, ROOT } from "../../packaging/project.ts";
import { randomModel } from "../random_model.ts";
import { chic, inFolder, namesIn, putPicture, runChic } from "./command.ts";

const QUICK = ["--device", "cpu", "--iterations", "20", "--quiet"];
const MODEL = randomModel({ seed: 4, width: 9, height: 8, channels: 3, bitDepth: 8, architecture: PRESETS.lop });
const PICTURE = reconstruct(MODEL);
const FILE = writeModel(MODEL, pixelChecksum(PICTURE.data)).bytes;

/** Other names of a file, made in a folder; each gives the name. */
const OTHER_NAMES: Readonly<Record<string, (folder: string, file: string) => string>> = {
  "the same path": (_, file) => file,
  "another path": (_, file) => `./${file}`,
  "a symbolic link": (folder, file) => {
    Deno.symlinkSync(file, join(folder, "link"));
    return "link";
  },
  "a second name of the inode": (folder, file) => {
    Deno.linkSync(join(folder, file), join(folder, "twin"));
    return "twin";
  },
};

for (const [what, makeName] of Object.entries(OTHER_NAMES)) {
  Deno.test(`encode and decode do not write to their input, named by ${what}`, () =>
    inFolder(async (folder) => {
      putPicture(folder, "input");
      const output = makeName(folder, "input");
      for (const command of ["encode", "decode"]) {
        if (command === "decode") Deno.writeFileSync(join(folder, "input"), FILE);
        const before = Deno.readFileSync(join(folder, "input"));
        const { code, stderr } = await runChic(folder, command, "input", "-o", output);
        assertEquals(code, 2);
        assertStringIncludes(stderr, `${output}: expected an output other than the input, found the same file`);
        assertEquals(Deno.readFileSync(join(folder, "input")), before);
      }
    }));
}

Deno.test("encode refuses one file for two outputs, before it trains", () =>
  inFolder(async (folder) => {
    putPicture(folder);
    const pairs = [
      ["--checkpoint", "./photo.chic", "--checkpoint, found that of the output"],
      ["--model_save_path", "photo.chic", "--model_save_path, found that of the output"],
      ["--enc_results_path", "r", "--decoded_img_path", "r", "--enc_results_path, found that of --decoded_img_path"],
    ];
    for (const pair of pairs) {
      const args = ["encode", "photo.png", "-o", "photo.chic", ...pair.slice(0, -1), ...QUICK];
      const { code, stderr } = await runChic(folder, ...args);
      assertEquals(code, 2, stderr);
      assertStringIncludes(stderr, `expected a file of its own for ${pair.at(-1)}`);
      assertEquals(namesIn(folder), ["photo.png"]);
    }
  }));

Deno.test("other outputs of a command do not replace its inputs either", () =>
  inFolder(async (folder) => {
    putPicture(folder);
    putPicture(folder, "second.png");
    const commands = [
      ["encode", "photo.png", "-o", "photo.chic", "--decoded_img_path", "photo.png", ...QUICK],
      ["compare", "photo.png", "second.png", "--diff", "photo.png"],
      ["compare", "photo.png", "second.png", "--diff", "second.png"],
    ];
    for (const command of commands) {
      const { code, stderr } = await runChic(folder, ...command);
      assertEquals(code, 2, stderr);
      assertStringIncludes(stderr, "expected an output other than the input");
    }
    assertEquals(namesIn(folder), ["photo.png", "second.png"]);
  }));

Deno.test("--force replaces the input, or a default output that nobody named", () =>
  inFolder(async (folder) => {
    Deno.writeFileSync(join(folder, "photo.chic"), FILE);
    Deno.writeTextFileSync(join(folder, "photo.png"), "replaced");
    assertEquals((await runChic(folder, "decode", "photo.chic", "--force", "--quiet")).code, 0);
    assertEquals(readPng(Deno.readFileSync(join(folder, "photo.png"))), PICTURE);
    assertEquals((await runChic(folder, "encode", "photo.png", "-o", "photo.png", "--force", ...QUICK)).code, 0);
    assertEquals((await runChic(folder, "info", "photo.png")).code, 0);
    assertEquals(namesIn(folder), ["photo.chic", "photo.png"]);
  }));

Deno.test("--force does not replace a folder or a device", () =>
  inFolder(async (folder) => {
    Deno.writeFileSync(join(folder, "photo.chic"), FILE);
    Deno.mkdirSync(join(folder, "photo.png"));
    for (const output of [[], ["-o", "/dev/null"]]) {
      const { code, stderr } = await runChic(folder, "decode", "photo.chic", "--force", ...output);
      assertEquals(code, 2);
      assertStringIncludes(stderr, "expected a file to write");
    }
  }));

for (const [signal, exitCode] of [["SIGTERM", 143], ["SIGHUP", 129]] as const) {
  Deno.test(`${signal} while encoding: exit code ${exitCode}, one last line, the folder as it was`, () =>
    inFolder(async (folder) => {
      putPicture(folder);
      const child = chic(folder, ["encode", "photo.png", "--device", "cpu", "--iterations", "1000000"]).spawn();
      let stderr = "";
      for await (const part of child.stderr.pipeThrough(new TextDecoderStream())) {
        if (!stderr.includes("training ") && part.includes("training ")) child.kill(signal);
        stderr += part;
      }
      assertEquals((await child.status).code, exitCode, stderr);
      await child.stdout.cancel();
      assertEquals(stderr.trimEnd().split("\n").at(-1), "chic: interrupted, nothing was written");
      assertEquals(namesIn(folder), ["photo.png"]);
    }));
}

Deno.test("a write that fails half-way leaves no temporary file, and the old output", () =>
  inFolder(async (folder) => {
    const large = randomModel({
      seed: 7,
      width: 200,
      height: 200,
      channels: 3,
      bitDepth: 8,
      architecture: PRESETS.lop,
    });
    Deno.writeFileSync(join(folder, "photo.chic"), writeModel(large, pixelChecksum(reconstruct(large).data)).bytes);
    Deno.writeTextFileSync(join(folder, "photo.png"), "precious");
    const { code, stderr } = await withFileLimit(folder, 8, ["decode", "photo.chic", "-o", "photo.png"]);
    assertEquals(code, 1, stderr);
    assertStringIncludes(stderr, "photo.png: ");
    assertEquals(namesIn(folder), ["photo.chic", "photo.png"]);
    assertEquals(Deno.readTextFileSync(join(folder, "photo.png")), "precious");
  }));

/** Runs a command that cannot write files beyond a number of blocks of 512 bytes. */
async function withFileLimit(folder: string, blocks: number, args: readonly string[]) {
  const script = `trap '' XFSZ; ulimit -f ${blocks}; exec "$@"`;
  // The runtime's own cache would meet the limit too.
  const run = ["run", "--no-code-cache", ...PERMISSIONS, join(ROOT, PROGRAM), ...args];
  const options: Deno.CommandOptions = {
    args: ["-c", script, "sh", Deno.execPath(), ...run],
    cwd: folder,
    stdin: "null",
  };
  const { code, stderr } = await new Deno.Command("sh", options).output();
  return { code, stderr: new TextDecoder().decode(stderr) };
}
