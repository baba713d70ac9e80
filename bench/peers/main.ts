/** `deno task peers`: pictures through the other codecs that are installed; a table that `deno task rd --compare` draws. */

import { Command } from "@commander-js/extra-typings";
import { join } from "node:path";
import { printLine, printMessage } from "../../cli/print.ts";
import { readImage } from "../../files/read_file.ts";
import { writeFile } from "../../files/write_file.ts";
import { commitName, runCommand } from "../command.ts";
import { machineName, table } from "../measure.ts";
import { makeFolder, type PictureFile, picturesIn } from "../pictures.ts";
import { codecsOf } from "../rd/compare.ts";
import { toMeasurements } from "../rd/measurement.ts";
import { costTable } from "../rd/summary.ts";
import { openResults, type ResultsTable } from "../results_table.ts";
import { type Peer, PEERS } from "./codecs.ts";
import { ppmFile } from "./ppm.ts";
import { installedVersion, runPeer } from "./run_peer.ts";

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
  for (const picture of pictures) await runPicture(picture, installed, results);
  printSummary(results);
  return 0;
}

/** All codecs and qualities that there is no row for. */
async function runPicture(picture: PictureFile, installed: readonly InstalledPeer[], results: ResultsTable) {
  const folder = Deno.makeTempDirSync();
  try {
    const image = await readImage(picture.path);
    const ppm = join(folder, "original.ppm");
    writeFile(ppm, ppmFile(image));
    for (const { peer, version } of installed) {
      for (const quality of peer.qualities) {
        const isSame = (row: ResultsTable["rows"][number]) =>
          row.codec === peer.name && row.image === picture.name && row.quality === `${quality}`;
        if (results.rows.some(isSame)) continue;
        const row = await runPeer(peer, quality, { image, name: picture.name, png: picture.path, ppm, folder });
        results.append({ ...row, preset: version, device: "cpu", commit: commitName() });
      }
      printMessage(`${picture.name}: ${peer.name}`);
    }
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

function printSummary({ path, rows }: ResultsTable): void {
  const codecs = codecsOf(toMeasurements(rows, { path, codec: "" }));
  const { header, rows: cells } = costTable(codecs);
  printLine(`${machineName()}\n\n${table(header, cells)}\n\n${path}`);
}

if (import.meta.main) Deno.exitCode = await runCommand("peers", () => peers(Deno.args));
