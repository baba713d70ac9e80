/** What a file says about itself, without its pixels. */

import type { PresetName } from "../bitstream/architecture.ts";
import type { DecodeLimits } from "../bitstream/limits.ts";
import { parameterCount, parameterGroups } from "../bitstream/parameters.ts";
import { readModel } from "../bitstream/read.ts";
import type { SectionBytes } from "../bitstream/write.ts";
import { type Complexity, macPerPixel } from "./complexity.ts";
import { integerBackend } from "./integer_backend.ts";

/** A file in numbers. */
export interface FileInfo {
  /** Version of the format. */
  readonly version: number;
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  /** Samples per pixel: 1 (gray) or 3 (RGB). */
  readonly channels: number;
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
  /** Multiplications per pixel to decode. */
  readonly macPerPixel: Complexity;
  /** CRC-32 of the decoded samples. */
  readonly pixelChecksum: number;
}

/** Describes a file. Throws as `decode` does, except that the pixels are not made and their checksum is not verified. */
export function readInfo(bytes: Uint8Array, limits?: DecodeLimits): FileInfo {
  const { header, sections, pixelChecksum } = readModel(bytes, limits, integerBackend().latentDecoder);
  const { version, architecture, preset, bitDepth, shape } = header;
  const { width, height, channels, topLevel } = shape;
  return {
    ...{ version, width, height, channels, bitDepth, preset, topLevel, streams: header.streamLengths.length },
    bytes: bytes.length,
    bpp: 8 * bytes.length / (width * height),
    sections,
    parameters: parameterCount(parameterGroups(architecture, shape)),
    macPerPixel: macPerPixel(architecture, shape),
    pixelChecksum,
  };
}
