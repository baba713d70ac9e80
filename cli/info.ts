/** `info`: what is in a `.chic` file. */

import { readFile } from "../files/read_file.ts";
import { inputName } from "../files/streams.ts";
import { type FileInfo, priceLatents, readInfo } from "../mod.ts";
import { naming } from "./errors.ts";
import { latentJson, latentWords, writeLatents } from "./latents.ts";
import { printLine } from "./print.ts";
import { bppText, rowsText } from "./words.ts";

/** Options of the command. */
export interface InfoCommandOptions {
  readonly json?: true | undefined;
  readonly latents?: string | undefined;
}

/** Describes `input` on stdout. */
export async function infoCommand(input: string, options: InfoCommandOptions): Promise<void> {
  const bytes = await readFile(input);
  const name = inputName(input);
  const info = await naming(name, () => readInfo(bytes));
  const folder = options.latents;
  const latents = folder === undefined
    ? undefined
    : writeLatents(await naming(name, () => priceLatents(bytes)), folder);
  if (options.json) printLine(JSON.stringify({ ...toJson(info, name), ...latents && latentJson(latents) }));
  else printLine([toWords(info, name), ...latents && folder ? [latentWords(latents, folder)] : []].join("\n"));
}

function toJson(info: FileInfo, input: string) {
  return {
    ...{ input, version: info.version, width: info.width, height: info.height, channels: info.channels },
    bit_depth: info.bitDepth,
    alpha: info.alpha,
    preset: info.preset ?? "custom",
    top_level: info.topLevel,
    ...{ streams: info.streams, bytes: info.bytes, bpp: info.bpp, section_bytes: info.sections },
    extension_bytes: info.extensions,
    parameters: info.parameters,
    learned_defaults: info.learnedDefaults,
    mac_per_pixel: info.macPerPixel,
    pixel_crc32: info.pixelChecksum,
  };
}

/** Modules that are called by other names than their fields. */
const MODULE_NAMES: Readonly<Record<string, string>> = { arm: "ARM", ifce: "IFCE" };
const DIFFERENCES = ", as differences from learned defaults";

function toWords(info: FileInfo, input: string): string {
  const alpha = info.alpha === "none" ? "" : ` with alpha (${info.alpha})`;
  const colours = `${info.channels === 1 ? "gray" : "RGB"}${alpha}`;
  const { total, ...modules } = info.macPerPixel;
  const parts = Object.entries(modules).filter(([, mac]) => mac > 0).map(([name, mac]) =>
    `${MODULE_NAMES[name] ?? name} ${mac.toFixed(0)}`
  ).join(", ");
  return rowsText([
    ["file", `${input}, format version ${info.version}`],
    ["picture", `${info.width}x${info.height} pixels, ${colours}, ${info.bitDepth} bits per sample`],
    ["decoder", `${info.preset ?? "custom"}, ${info.parameters} parameters${info.learnedDefaults ? DIFFERENCES : ""}`],
    ["latents", `levels 0 to ${info.topLevel}, ${info.streams} ${info.streams === 1 ? "stream" : "streams"}`],
    ["size", `${info.bytes} bytes, ${bppText(info.bpp)}`],
    ...Object.entries(info.sections).map(([name, bytes]): [string, string] => [`  ${name}`, `${bytes} bytes`]),
    ...Object.entries(info.extensions).map(([name, bytes]): [string, string] => [`    ${name}`, `${bytes} bytes`]),
    ["work", `${total.toFixed(0)} MAC per pixel (${parts})`],
    ["pixel CRC-32", `0x${info.pixelChecksum.toString(16).padStart(8, "0")}`],
  ]);
}
