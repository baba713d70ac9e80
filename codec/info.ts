/** What a file says about itself, without its pixels. */

import { ALPHA_ID } from "../bitstream/alpha.ts";
import type { PresetName } from "../bitstream/architecture.ts";
import type { DecodeLimits } from "../bitstream/limits.ts";
import { METADATA_KINDS } from "../bitstream/metadata.ts";
import { parameterCount, parameterGroups } from "../bitstream/parameters.ts";
import { readModel } from "../bitstream/read.ts";
import type { SectionBytes } from "../bitstream/write.ts";
import { type Complexity, macPerPixel } from "../bitstream/complexity.ts";
import { isRestored, RESTORATION_ID } from "../bitstream/restoration.ts";
import { integerBackend } from "./integer_backend.ts";
import type { AlphaChoice } from "./prepare_image.ts";

/** The lossless alpha chunk among the extensions. */
const ALPHA_NAME = "alpha";

/** A file in numbers. */
export interface FileInfo {
  /** Version of the format. */
  readonly version: number;
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  /** Colour samples per pixel: 1 (gray) or 3 (RGB). */
  readonly channels: number;
  /** Whether the picture has alpha, and how it is coded. */
  readonly alpha: AlphaChoice | "none";
  /** Bytes of each extension chunk by its name; one that is not known is called `extension ID`. */
  readonly extensions: Readonly<Record<string, number>>;
  /** Bits per sample. */
  readonly bitDepth: number;
  /** Name of the decoder's architecture; undefined where the file spells it out. */
  readonly preset: PresetName | undefined;
  /** The coarsest latent level. */
  readonly topLevel: number;
  /** Entropy-coded streams. */
  readonly streams: number;
  /** Size of the file. */
  readonly bytes: number;
  /** `8 * bytes / (width * height)`. */
  readonly bpp: number;
  /** Bytes of each part of the file. */
  readonly sections: SectionBytes;
  /** Number of network parameters. */
  readonly parameters: number;
  /** Whether they are differences from learned defaults. */
  readonly learnedDefaults: boolean;
  /** Multiplications per pixel to decode. */
  readonly macPerPixel: Complexity;
  /** CRC-32 of the decoded samples. */
  readonly pixelChecksum: number;
}

/** Describes a file. Throws as `decode` does, except that the pixels are not made and their checksum is not verified. */
export function readInfo(bytes: Uint8Array, limits?: DecodeLimits): FileInfo {
  const { header, sections, pixelChecksum } = readModel(bytes, limits, integerBackend().latentDecoder);
  const { version, architecture, preset, bitDepth, shape } = header;
  const { width, height, topLevel } = shape;
  const alphaPlane = shape.channels % 2 === 0;
  const channels = shape.channels - (alphaPlane ? 1 : 0);
  const extensions = Object.fromEntries(header.extensions.map(({ id, data }) => [extensionName(id), data.length]));
  return {
    ...{ version, width, height, channels, bitDepth, preset, topLevel, streams: header.streamLengths.length },
    alpha: alphaPlane ? "lossy" : ALPHA_NAME in extensions ? "lossless" : "none",
    extensions,
    bytes: bytes.length,
    bpp: 8 * bytes.length / (width * height),
    sections,
    parameters: parameterCount(parameterGroups(architecture, shape)),
    learnedDefaults: header.defaults !== "none",
    macPerPixel: macPerPixel(architecture, shape, { restored: isRestored(header.extensions) }),
    pixelChecksum,
  };
}

function extensionName(id: number): string {
  if (id === ALPHA_ID) return ALPHA_NAME;
  if (id === RESTORATION_ID) return "restoration";
  return METADATA_KINDS.find((kind) => kind.id === id)?.name ?? `extension ${id}`;
}
