/**
 * Builds one file for this machine that holds the program and Deno's official runtime, and unpacks itself.
 *
 *     deno task portable
 */

import { createHash } from "node:crypto";
import { join } from "node:path";
import { archive } from "./archive.ts";
import { bundleProgram, PROGRAM_FILE } from "./bundle_program.ts";
import { checkDenoVersion } from "./deno_version.ts";
import { DENO_LICENCE } from "./deno_licence.ts";
import { RUN_FLAGS } from "./permissions.ts";
import { DIST, ROOT, VERSION } from "./project.ts";
import { failures, print } from "./report.ts";
import { HOST } from "./targets.ts";

/** Writes the file; gives its path. Throws an `Error` on Windows, which has no shell for it. */
export async function buildPortable(folder: string = DIST): Promise<string> {
  checkDenoVersion();
  if (Deno.build.os === "windows") throw new Error("expected Linux or macOS for a portable file, found Windows");
  const encoder = new TextEncoder();
  const content = archive(
    new Map([
      ...await bundleProgram(),
      ["deno", Deno.readFileSync(Deno.execPath())],
      ["DENO_LICENCE.txt", encoder.encode(DENO_LICENCE)],
      ["LICENSE", Deno.readFileSync(join(ROOT, "LICENSE"))],
      ["move.js", Deno.readFileSync(new URL("portable_move.js", import.meta.url))],
    ]),
    { executables: ["deno"] },
  );
  const header = encoder.encode(portableHeader(content));
  const path = join(folder, `chic-${VERSION}-${HOST}-portable`);
  Deno.mkdirSync(folder, { recursive: true });
  Deno.writeFileSync(path, header, { mode: 0o755 });
  Deno.writeFileSync(path, content, { append: true });
  return path;
}

/** The shell script that an archive is appended to. */
function portableHeader(content: Uint8Array): string {
  const digest = createHash("sha256").update(content).digest("hex");
  const text = Deno.readTextFileSync(new URL("portable_header.sh", import.meta.url))
    .replaceAll("@VERSION@", VERSION)
    .replaceAll("@TARGET@", HOST)
    .replaceAll("@DIGEST@", digest)
    .replaceAll("@ID@", digest.slice(0, 16))
    .replaceAll("@FLAGS@", RUN_FLAGS.join(" "))
    .replaceAll("@PROGRAM@", PROGRAM_FILE);
  // The offset counts from 1; its own digits are padded, so that they do not move it.
  const digits = 8;
  const offset = text.length - "@OFFSET@".length + digits + 1;
  return text.replace("@OFFSET@", String(offset).padStart(digits, "0"));
}

if (import.meta.main) await failures(async () => print(await buildPortable()));
