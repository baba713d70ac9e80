/**
 * Tries an installed program where it will be used: version, a golden file, an encode on several threads.
 *
 *     deno task smoke COMMAND [ARGUMENT...]
 */

import { join, resolve } from "node:path";
import { pixelChecksum } from "../bitstream/checksum.ts";
import { readPng } from "../files/png.ts";
import { writePng } from "../files/png_writer.ts";
import { drawSample } from "../samples/draw_sample.ts";
import { ROOT, VERSION } from "./project.ts";
import { failures, print } from "./report.ts";

/** How to start the program. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  /** The whole environment; default: that of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Golden files that are 8-bit pictures; the others are not what a PNG reader gives back unchanged. */
const GOLDEN = ["mop_33x20", "streams_4"];
/** Threads of the tests: more than one even on one core. */
const THREADS = ["--threads", "2"];

/** Runs all checks. Throws an `Error` at the first that fails; tells `report` of each that passed. */
export async function smokeTest(command: Command, report: (line: string) => void): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "chic_smoke_" });
  const chic = (...args: string[]) => runCommand(command, folder, args);
  try {
    expectEqual("version", (await chic("--version")).trim(), VERSION);
    report(`version ${VERSION}`);
    for (const name of GOLDEN) {
      await chic("decode", join(ROOT, "tests", "golden", `${name}.chic`), "-o", "golden.png", ...THREADS);
      expectEqual(name, checksumOf(join(folder, "golden.png")), CHECKSUMS[name]);
      report(`decode ${name}: ${CHECKSUMS[name]}`);
    }
    await tryEncode(chic, folder);
    report("encode, info and decode");
    JSON.parse(await chic("doctor", "--json"));
    report("doctor");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const CHECKSUMS: Readonly<Record<string, string>> = JSON.parse(
  Deno.readTextFileSync(join(ROOT, "tests", "golden", "checksums.json")),
);

type Chic = (...args: string[]) => Promise<string>;

/** A tiny encode in worker threads; the file must decode to a picture of the same size. */
async function tryEncode(chic: Chic, folder: string): Promise<void> {
  const picture = drawSample({ width: 48, height: 32 });
  Deno.writeFileSync(join(folder, "picture.png"), writePng(picture));
  const settings = ["--device", "cpu", "--iterations", "20", "--preset", "lop", "--json", ...THREADS];
  const report = JSON.parse(await chic("encode", "picture.png", "-o", "picture.chic", ...settings));
  expectEqual("device", report.device, "cpu (2 threads)");
  const info = JSON.parse(await chic("info", "picture.chic", "--json"));
  expectEqual("bytes", info.bytes, report.bytes);
  await chic("decode", "picture.chic", "-o", "decoded.png");
  const checksum = info.pixel_crc32.toString(16).padStart(8, "0");
  expectEqual("pixels", checksumOf(join(folder, "decoded.png")), checksum);
}

function checksumOf(png: string): string {
  return pixelChecksum(readPng(Deno.readFileSync(png)).data).toString(16).padStart(8, "0");
}

function expectEqual(what: string, found: unknown, expected: unknown): void {
  if (found !== expected) throw new Error(`${what}: expected ${expected}, found ${found}`);
}

async function runCommand({ program, args, env }: Command, cwd: string, more: readonly string[]): Promise<string> {
  const options: Deno.CommandOptions = {
    ...{ args: [...args, ...more], cwd, stdin: "null" },
    ...env && { env: { ...env }, clearEnv: true },
  };
  const { code, stdout, stderr } = await new Deno.Command(program, options).output();
  if (code === 0) return new TextDecoder().decode(stdout);
  throw new Error(`${more.join(" ")}: expected exit code 0, found ${code}: ${new TextDecoder().decode(stderr).trim()}`);
}

if (import.meta.main) {
  const [program, ...args] = Deno.args;
  await failures(async () => {
    if (program === undefined) throw new Error("expected a command to try, found none");
    // Commands run in another folder; a bare name is looked for in PATH.
    await smokeTest({ program: /[\\/]/.test(program) ? resolve(program) : program, args }, print);
  });
}
