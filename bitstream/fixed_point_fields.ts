/**
 * The fractional bits of the decoder's planes in a file: four bits each, or, in files with learned fields, symbols around what
 * they are in most pictures. Normative: FORMAT.md, section 6.
 */

import { BitstreamError } from "./errors.ts";
import { FIXED_POINT_ROW } from "./field_table.ts";
import { decodeAround, encodeAround, expectationOf } from "./group_fields.ts";
import type { FixedPoint } from "./quantised_model.ts";
import type { RangeDecoder, RangeEncoder } from "./range_coder.ts";

/** Bounds of the fractional bits of a `FixedPoint`. */
export const [MIN_FIXED_POINT, MAX_FIXED_POINT] = [4, 13];
const PLAIN_WIDTH = 4;

/** What is expected of planes and of layers; a row of table 3: expectation in quarters and scale index of each. */
export type FixedPointRow = readonly [plane: number, planeScale: number, layer: number, layerScale: number];

const [plane, planeScale, layer, layerScale] = FIXED_POINT_ROW;
const EXPECTED = { planeBits: expectationOf(plane, planeScale), layerBits: expectationOf(layer, layerScale) };
type Name = keyof FixedPoint;

/** Writes them; `learned`: around what is expected. */
export function encodeFixedPoint(coder: RangeEncoder, { planeBits, layerBits }: FixedPoint, learned: boolean): void {
  const encode = (name: Name, bits: number) =>
    learned ? encodeAround(coder, bits, EXPECTED[name]) : coder.encodeBits(bits - MIN_FIXED_POINT, PLAIN_WIDTH);
  encode("planeBits", planeBits);
  for (const bits of layerBits) encode("layerBits", bits);
}

/** Reads what `encodeFixedPoint` wrote, of a synthesis of so many layers. Throws a `BitstreamError`. */
export function decodeFixedPoint(coder: RangeDecoder, layers: number, learned: boolean): FixedPoint {
  const decode = (name: Name) => {
    const bits = learned ? decodeAround(coder, EXPECTED[name]) : MIN_FIXED_POINT + coder.decodeBits(PLAIN_WIDTH);
    if (bits >= MIN_FIXED_POINT && bits <= MAX_FIXED_POINT) return bits;
    const expected = `${MIN_FIXED_POINT}..${MAX_FIXED_POINT}`;
    throw new BitstreamError(`Cannot read ${name}: expected ${expected}, received ${bits}`, coder.position);
  };
  return { planeBits: decode("planeBits"), layerBits: Array.from({ length: layers - 1 }, () => decode("layerBits")) };
}
