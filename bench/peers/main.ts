/** `deno task peers`: pictures through the other codecs that are installed; a table that `deno task rd --compare` draws. */

import { Command } from "@commander-js/extra-typings";
import { join } from "node:path";
import { oneLine } from "../../cli/errors.ts";
import { printLine, printMessage } from "../../cli/print.ts";
import { FileError } from "../../files/errors.ts";
import { readImage } from "../../files/read_file.ts";
import { writePnm } from "../../files/pnm_writer.ts";
import { writeFile } from "../../files/write_file.ts";
import type { Image } from "../../mod.ts";
import { commitName, runCommand } from "../command.ts";
import { machineName, table } from "../measure.ts";
import { makeFolder, type PictureFile, picturesIn } from "../pictures.ts";
import { codecsOf } from "../rd/compare.ts";
import { toMeasurements } from "../rd/measurement.ts";
import { costTable } from "../rd/summary.ts";
import { openResults, type ResultsTable } from "../results_table.ts";
import { type Peer, PEERS } from "./codecs.ts";
import { installedVersion, type PeerInput, ProgramError, runPeer } from "./run_peer.ts";

const command = new Command("peers")
  .description("Send a folder of pictures through other codecs; one row per picture, codec and quality")
  .requiredOption("--images <folder>", "pictures: PNG, 8-bit RGB")
  .requiredOption("--out <folder>", "folder for peers.tsv")
  .exitOverride();

/** A codec that is installed. */
interface InstalledPeer {
  readonly peer: Peer;
  readonly version: string;
}

/** Runs the command; gives the exit code. */
export async function peers(args: readonly string[]): Promise<number> {
  command.parse(args, { from: "user" });
  const { images, out } = command.opts();
  const pictures = picturesIn(images);
  makeFolder(out);
  const results = openResults(join(out, "peers.tsv"));
  const installed = PEERS.flatMap((peer): InstalledPeer[] => {
    const version = installedVersion(peer);
    if (version !== undefined) return [{ peer, version }];
    printMessage(`missing: ${peer.name} (${peer.programs.join(", ")}): apt-get install ${peer.package}`);
    return [];
  });
  let failures = 0;
  for (const picture of pictures) failures += await runPicture(picture, installed, results);
  printSummary(results);
  return failures > 0 ? 1 : 0;
}

/** All codecs and qualities that there is no row for; gives the number of codecs that failed on the picture. */
async function runPicture(
  picture: PictureFile,
  installed: readonly InstalledPeer[],
  results: ResultsTable,
): Promise<number> {
  const folder = Deno.makeTempDirSync();
  let failures = 0;
  try {
    const image = await readImage(picture.path);
    const ppm = join(folder, "original.ppm");
    checkPicture(image, picture.path);
    writeFile(ppm, writePnm(image));
    const input = { image, name: picture.name, png: picture.path, ppm, folder };
    for (const one of installed) {
      try {
        await runQualities(one, input, results);
        printMessage(`${picture.name}: ${one.peer.name}`);
      } catch (error) {
        if (!(error instanceof ProgramError)) throw error;
        printMessage(`failed: ${oneLine(error.message)}`);
        failures++;
      }
    }
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
  return failures;
}

/** What all of these codecs can take. */
function checkPicture({ channels, bitDepth, alpha }: Image, path: string): void {
  if (channels === 3 && bitDepth === 8 && alpha === undefined) return;
  const found = `${channels} channels${alpha ? " and alpha" : ""}, ${bitDepth} bits`;
  throw new FileError(path, `expected 8-bit RGB without alpha, found ${found}`);
}

async function runQualities({ peer, version }: InstalledPeer, input: PeerInput, results: ResultsTable): Promise<void> {
  for (const quality of peer.qualities) {
    const isSame = (row: ResultsTable["rows"][number]) =>
      row.codec === peer.name && row.image === input.name && row.quality === `${quality}`;
    if (results.rows.some(isSame)) continue;
    const row = await runPeer(peer, quality, input);
    results.append({ ...row, preset: version, device: "cpu", commit: commitName() });
  }
}

function printSummary({ path, rows }: ResultsTable): void {
  const codecs = codecsOf(toMeasurements(rows, { path, codec: "" }));
  const { header, rows: cells } = costTable(codecs);
  printLine(`${machineName()}\n\n${table(header, cells)}\n\n${path}`);
}

if (import.meta.main) Deno.exitCode = await runCommand("peers", () => peers(Deno.args));
