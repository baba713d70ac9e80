/** From a quantised model to the bytes of a file. */

import { latentGrids } from "./architecture.ts";
import { crc16 } from "./checksum.ts";
import { concatenate } from "./concatenate.ts";
import { LAST_POSITION, scopeOf } from "./defaults.ts";
import { type Extension, writeHeader } from "./header.ts";
import { encodeLatents, type LatentPredictor } from "./latents.ts";
import { parameterCount, type ParameterGroup, parameterGroups } from "./parameters.ts";
import type { QuantisedModel } from "./quantised_model.ts";
import { RangeEncoder } from "./range_coder.ts";
import { restorationExtension } from "./restoration.ts";
import { MAX_FIXED_POINT, MIN_FIXED_POINT } from "./fixed_point_fields.ts";
import { encodeParameters, MAX_PARAMETER, MIN_PARAMETER } from "./weights.ts";

/** Bytes of each part of a file; they add up to its length. */
export interface SectionBytes {
  /** Header with checksums, extension chunks and stream lengths. */
  readonly header: number;
  /** Network parameters; they share stream 0 with latents and are counted up to the coder's position at their end. */
  readonly parameters: number;
  /** The rest of the streams: all latents. */
  readonly latents: number;
}

/** Options of `writeModel`. */
export interface WriteOptions {
  /** Extension chunks for the header, but that of a restoration filter, which the model has. */
  readonly extensions?: readonly Extension[];
  /** Computes the distributions of the latents; default: the plain twin. */
  readonly predictor?: LatentPredictor;
}

/** A written file. */
export interface WrittenModel {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly sections: SectionBytes;
}

/**
 * Writes a file. `pixelChecksum` is that of the image `reconstruct` makes of the model. Throws a `RangeError` if the model
 * is not one a file can hold.
 */
export function writeModel(
  model: QuantisedModel,
  pixelChecksum: number,
  { extensions = [], predictor }: WriteOptions = {},
): WrittenModel {
  const groups = parameterGroups(model.architecture, model.shape);
  checkModel(model, groups);
  const coders = Array.from({ length: model.streams }, () => new RangeEncoder());
  encodeParameters(coders[0], model, model);
  const parameters = coders[0].length;
  encodeLatents(coders, model, model.grids, predictor);
  const streams = coders.map((coder) => coder.finish());
  const streamLengths = streams.map((stream) => stream.length);
  const defaults = scopeOf(model.defaults);
  const chunks = model.restoration ? [restorationExtension(model.restoration), ...extensions] : extensions;
  const header = writeHeader({
    ...{ ...model, defaults, fileChecksum: 0, pixelChecksum, streamLengths },
    extensions: chunks,
  });
  const bytes = concatenate([header.bytes, ...streams]);
  const checksum = fileChecksum(bytes, header.checksumOffset);
  bytes[header.checksumOffset] = checksum >> 8;
  bytes[header.checksumOffset + 1] = checksum;
  const latents = bytes.length - header.bytes.length - parameters;
  return { bytes, sections: { header: header.bytes.length, parameters, latents } };
}

/** CRC-16 of all bytes but the two at `checksumOffset`, where it is stored. */
export function fileChecksum(bytes: Uint8Array, checksumOffset: number): number {
  return crc16(bytes.subarray(checksumOffset + 2), crc16(bytes.subarray(0, checksumOffset)));
}

/** Throws a `RangeError` for what the header fields do not already bound. */
function checkModel(model: QuantisedModel, groups: readonly ParameterGroup[]): void {
  const { fixedPoint, stepBits, parameters, defaults, grids, streams } = model;
  const expect = (what: string, ok: boolean, received: unknown) => {
    if (!ok) throw new RangeError(`Cannot write model: expected ${what}, received ${received}`);
  };
  expect("1..8 streams", streams >= 1 && streams <= 8, streams);
  const layers = model.architecture.synthesis.length;
  expect(`${layers - 1} layerBits`, fixedPoint.layerBits.length === layers - 1, fixedPoint.layerBits.length);
  for (const bits of [fixedPoint.planeBits, ...fixedPoint.layerBits]) {
    expect(
      `fixed point ${MIN_FIXED_POINT}..${MAX_FIXED_POINT}`,
      bits >= MIN_FIXED_POINT && bits <= MAX_FIXED_POINT,
      bits,
    );
  }
  const position = defaults?.position ?? 0;
  const isPosition = Number.isInteger(position) && position >= 0 && position <= LAST_POSITION;
  expect(`defaults at 0..${LAST_POSITION}`, isPosition, position);
  expect(`${groups.length} stepBits`, stepBits.length === groups.length, stepBits.length);
  groups.forEach(({ name, maxStepBits }, g) => {
    expect(`stepBits of ${name} 0..${maxStepBits}`, stepBits[g] >= 0 && stepBits[g] <= maxStepBits, stepBits[g]);
  });
  expect(`${parameterCount(groups)} parameters`, parameters.length === parameterCount(groups), parameters.length);
  for (const q of parameters) expect("parameters -32768..32767", q >= MIN_PARAMETER && q <= MAX_PARAMETER, q);
  const sizes = latentGrids(model.architecture, model.shape).map((grid) => grid.width * grid.height);
  expect(`grids of ${sizes} latents`, sizes.join() === grids.map((g) => g.length).join(), grids.map((g) => g.length));
}
