/** From the bytes of a file to a quantised model. */

import { BitstreamError } from "./errors.ts";
import type { NetworkParameters } from "./fixed_point.ts";
import { type Header, type ParsedHeader, readHeader } from "./header.ts";
import { CutLatentsError, decodeLatents, type LatentRow } from "./latents.ts";
import { checkLimits, type DecodeLimits, DEFAULT_LIMITS } from "./limits.ts";
import type { QuantisedModel } from "./quantised_model.ts";
import { RangeDecoder } from "./range_coder.ts";
import { readRestoration } from "./restoration.ts";
import { decodeParameters } from "./weights.ts";
import { fileChecksum, type SectionBytes } from "./write.ts";

/**
 * Reads all latents with coders that read from `bytes` and stand behind the parameters, as `decodeLatents` does; a faster
 * kernel may take its place.
 */
export type LatentDecoder = (
  bytes: Uint8Array,
  coders: readonly RangeDecoder[],
  network: NetworkParameters,
) => Int16Array[];

/** The plain twin as a `LatentDecoder`. */
export const plainLatentDecoder: LatentDecoder = (_, coders, network) => decodeLatents(coders, network);

/** A file, read. */
export interface ReadModel {
  readonly model: QuantisedModel;
  readonly header: Header;
  readonly sections: SectionBytes;
  /** CRC-32 of the samples that the model must reconstruct to. */
  readonly pixelChecksum: number;
}

/**
 * Reads a file. Throws a `BitstreamError` if it is damaged, cut short or not known to this version, and a `LimitError` if
 * decoding would go beyond `limits`, before memory is taken.
 */
export function readModel(
  bytes: Uint8Array,
  limits: DecodeLimits = DEFAULT_LIMITS,
  latentDecoder: LatentDecoder = plainLatentDecoder,
): ReadModel {
  const parsed = readHeader(bytes);
  const { header, end } = parsed;
  const { architecture, shape, bitDepth } = header;
  checkLimits(header, limits);
  verifyFileChecksum(bytes, parsed);
  const restoration = readRestoration(header.extensions);
  const coders = openStreams(bytes, parsed);
  const coded = decodeParameters(coders[0], header);
  const parameters = Math.min(Math.max(coders[0].position - end, 0), header.streamLengths[0]);
  const grids = latentDecoder(bytes, coders, { architecture, shape, ...coded });
  for (const coder of coders) coder.assertEnd();
  return {
    model: { shape, bitDepth, architecture, ...coded, grids, restoration, streams: coders.length },
    header,
    sections: { header: end, parameters, latents: bytes.length - end - parameters },
    pixelChecksum: header.pixelChecksum,
  };
}

/** What a file that was cut off, or damaged, still says. */
export interface PartialModel {
  /** Latents that were not read are 0. */
  readonly model: QuantisedModel;
  readonly header: Header;
  /** The first row of latents that was not read; `undefined` if all were. */
  readonly cut: LatentRow | undefined;
}

/**
 * Reads as much of a file as there is: its header and network parameters must be whole. If the file checksum is wrong, the
 * file counts as cut off where its bytes end: what zeros would decode to there is no part of the picture. Throws as
 * `readModel` does if even the parameters are missing.
 */
export function readPartialModel(
  bytes: Uint8Array,
  limits: DecodeLimits = DEFAULT_LIMITS,
  latentDecoder: LatentDecoder = plainLatentDecoder,
): PartialModel {
  const parsed = readHeader(bytes, { cut: true });
  const { header } = parsed;
  const { architecture, shape, bitDepth } = header;
  checkLimits(header, limits);
  const restoration = readRestoration(header.extensions);
  const coders = openStreams(bytes, parsed);
  const coded = decodeParameters(coders[0], header);
  if (!isWhole(bytes, parsed)) { for (const coder of coders) coder.refuseZeros(); }
  const { grids, cut } = readGrids(() => latentDecoder(bytes, coders, { architecture, shape, ...coded }));
  const model = { shape, bitDepth, architecture, ...coded, grids, restoration, streams: coders.length };
  return { model, header, cut };
}

function readGrids(read: () => Int16Array[]): { grids: readonly Int16Array[]; cut: LatentRow | undefined } {
  try {
    return { grids: read(), cut: undefined };
  } catch (error) {
    if (error instanceof CutLatentsError) return { grids: error.grids, cut: error.cut };
    throw error;
  }
}

function isWhole(bytes: Uint8Array, { header, checksumOffset }: ParsedHeader): boolean {
  return fileChecksum(bytes, checksumOffset) === header.fileChecksum;
}

function verifyFileChecksum(bytes: Uint8Array, { header, checksumOffset }: ParsedHeader): void {
  const received = fileChecksum(bytes, checksumOffset);
  if (received !== header.fileChecksum) {
    throw new BitstreamError(
      `Cannot read file: expected checksum ${header.fileChecksum}, received ${received}`,
      checksumOffset,
    );
  }
}

function openStreams(bytes: Uint8Array, { header, end }: ParsedHeader): RangeDecoder[] {
  let start = end;
  return header.streamLengths.map((length) => {
    start += length;
    return new RangeDecoder(bytes, start - length, start);
  });
}
