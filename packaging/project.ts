/** What the packages are made from: the repository, its name and version. */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import config from "../deno.json" with { type: "json" };

/** The repository's root folder. */
export const ROOT: string = fileURLToPath(new URL("../", import.meta.url));
/** Where finished packages go. */
export const DIST: string = join(ROOT, "dist");
/** The program's entry module, from the root. */
export const PROGRAM = "cli.ts";
/** The decoder's entry module, from the root. */
export const DECODER = "codec/decode.ts";

/** Name of the npm and jsr package. */
export const PACKAGE_NAME: string = config.name;
/** For example `0.1.0`. */
export const VERSION: string = config.version;
/** SPDX identifier. */
export const LICENCE: string = config.license;
