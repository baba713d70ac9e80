/** Runs another codec's programs on a picture and measures what comes out. */

import { join } from "node:path";
import { readImage } from "../../files/read_file.ts";
import { type Image, msSsim, psnrDb } from "../../mod.ts";
import { COLUMNS, type ResultRow } from "../rd/measurement.ts";
import type { CommandLine, Peer, PeerFiles } from "./codecs.ts";

/** Decodes are timed this often; the least time counts. */
const DECODES = 3;

/** Another codec's program failed. */
export class ProgramError extends Error {
  override readonly name = "ProgramError";
}

/** The version of a codec that can be used here; `undefined` if a program or the encoder in it is missing. */
export function installedVersion({ programs, version: { command, part } }: Peer): string | undefined {
  if (!programs.every(isOnPath)) return undefined;
  const { stdout, stderr } = output(command);
  return part.exec(`${stdout}\n${stderr}`)?.[0];
}

/** A picture on disk for the programs. */
export interface PeerInput {
  readonly image: Image;
  readonly name: string;
  readonly png: string;
  readonly ppm: string;
  /** Folder for files on the way. */
  readonly folder: string;
}

/** Encodes and decodes at one quality. Throws a `ProgramError` with its call and its message if a program fails. */
export async function runPeer(peer: Peer, quality: number, input: PeerInput): Promise<ResultRow> {
  const { image, name, png, ppm, folder } = input;
  const files: PeerFiles = {
    ...{ png, ppm },
    coded: join(folder, `coded.${peer.extension}`),
    decoded: join(folder, `decoded.${peer.decodedAs}`),
  };
  const seconds = run(peer.encode(files, quality));
  const bytes = Deno.statSync(files.coded).size;
  const decodeSeconds = Math.min(...Array.from({ length: DECODES }, () => run(peer.decode(files))));
  const decoded = await readImage(files.decoded);
  const pixels = image.width * image.height;
  return {
    ...EMPTY_ROW,
    codec: peer.name,
    image: name,
    quality: `${quality}`,
    width: `${image.width}`,
    height: `${image.height}`,
    n_pixels: `${pixels}`,
    bytes: `${bytes}`,
    bpp: (8 * bytes / pixels).toFixed(6),
    psnr_db: psnrDb(image, decoded).toFixed(4),
    ms_ssim: msSsim(image, decoded)?.toFixed(6) ?? "",
    seconds: seconds.toFixed(4),
    decode_seconds: decodeSeconds.toFixed(5),
  };
}

const EMPTY_ROW = Object.fromEntries(COLUMNS.map((name) => [name, ""])) as ResultRow;

/** Seconds that the program took. */
function run(command: CommandLine): number {
  const start = performance.now();
  const { success, stderr } = output(command);
  const seconds = (performance.now() - start) / 1000;
  if (!success) {
    const reason = stderr.trim() || "no message";
    throw new ProgramError(`${command.join(" ")}: expected it to succeed, found: ${reason}`);
  }
  return seconds;
}

function output([program, ...args]: CommandLine): { success: boolean; stdout: string; stderr: string } {
  const options = { args, stdin: "null", stdout: "piped", stderr: "piped" } as const;
  const { success, stdout, stderr } = new Deno.Command(program, options).outputSync();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { success, stdout: text(stdout), stderr: text(stderr) };
}

function isOnPath(program: string): boolean {
  try {
    // Whatever it answers: a program that is not there throws.
    new Deno.Command(program, { args: ["--help"], stdin: "null", stdout: "null", stderr: "null" }).outputSync();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
