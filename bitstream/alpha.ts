/**
 * Lossless alpha: each sample is predicted from its neighbours, and what it differs by goes through the range coder with
 * probabilities that adapt. Normative: FORMAT.md, section 10.
 *
 * Encoder and decoder share the traversal and the model; they differ in where a decision comes from.
 */

import { pixelChecksum } from "./checksum.ts";
import { BitstreamError } from "./errors.ts";
import { PROBABILITY_BITS } from "./probability_table.ts";
import { RangeDecoder, RangeEncoder } from "./range_coder.ts";

/** Size and depth of a plane of samples. */
export interface AlphaShape {
  readonly width: number;
  readonly height: number;
  /** Bits per sample, 8..16. */
  readonly bitDepth: number;
}

/** The chunk that holds a lossless alpha plane. */
export const ALPHA_ID = 32;
/** Bytes of the checksum before the stream. */
const CHECKSUM_BYTES = 4;
/** Adaptive probabilities have this many bits; the coder takes the upper 15. */
const PRECISION = 20;
const ADAPTIVE_SHIFT = PRECISION - PROBABILITY_BITS;
/** A context's first decisions move its probability by 1/4, 1/8, ..., later ones by 1/64. */
const [FIRST_RATE, LAST_RATE] = [2, 6];

/** Numbers of contexts, and where each kind of decision has them. */
const EQUALITIES = 96;
const SLOPES = 9;
const ACTIVITIES = 19;
const MAX_MAGNITUDE_BITS = 16;
const END_AT = 4 * EQUALITIES;
const HIGH_AT = END_AT + EQUALITIES;
const SIGN_AT = HIGH_AT + EQUALITIES;
const LENGTH_AT = SIGN_AT + SLOPES;
const SECOND_AT = LENGTH_AT + ACTIVITIES * MAX_MAGNITUDE_BITS;
const CONTEXTS = SECOND_AT + MAX_MAGNITUDE_BITS + 1;

/** Gives or takes one decision: with `bit`, writes it; the result is the decision. */
type Decide = (context: number, bit: number) => number;

/** An alpha plane as the content of its chunk. */
export function encodeAlpha(alpha: Uint8Array | Uint16Array, shape: AlphaShape): Uint8Array<ArrayBuffer> {
  const coder = new RangeEncoder();
  const model = new AdaptiveBits();
  const decide: Decide = (context, bit) => {
    coder.encodeBit(bit, model.probability(context));
    model.adapt(context, bit);
    return bit;
  };
  const raw = (value: number, count: number) => {
    coder.encodeBits(value, count);
    return value;
  };
  visitSamples(alpha, shape, (site, index) => codeSample(site, alpha[index], { decide, raw }));
  const stream = coder.finish();
  const bytes = new Uint8Array(CHECKSUM_BYTES + stream.length);
  new DataView(bytes.buffer).setUint32(0, pixelChecksum(alpha));
  bytes.set(stream, CHECKSUM_BYTES);
  return bytes;
}

/**
 * The plane that a chunk's content stands for. Throws a `BitstreamError` if it is damaged; `byteOffset` is that of `data` in
 * the file.
 */
export function decodeAlpha(data: Uint8Array, shape: AlphaShape, byteOffset: number): Uint8Array | Uint16Array {
  if (data.length < CHECKSUM_BYTES) throw new BitstreamError("Cannot read alpha: expected a checksum", byteOffset);
  const size = shape.width * shape.height;
  const alpha = shape.bitDepth > 8 ? new Uint16Array(size) : new Uint8Array(size);
  const coder = new RangeDecoder(data, CHECKSUM_BYTES, data.length, byteOffset);
  const model = new AdaptiveBits();
  const decide: Decide = (context) => {
    const bit = coder.decodeBit(model.probability(context));
    model.adapt(context, bit);
    return bit;
  };
  const raw = (_: number, count: number) => coder.decodeBits(count);
  const top = (1 << shape.bitDepth) - 1;
  visitSamples(alpha, shape, (site, index) => {
    const value = codeSample(site, 0, { decide, raw });
    if (value < 0 || value > top) {
      throw new BitstreamError(`Cannot read alpha: expected 0..${top}, received ${value}`, byteOffset);
    }
    alpha[index] = value;
  });
  coder.assertEnd();
  const [expected, received] = [new DataView(data.buffer, data.byteOffset).getUint32(0), pixelChecksum(alpha)];
  if (expected !== received) {
    throw new BitstreamError(`Cannot read alpha: expected checksum ${expected}, received ${received}`, byteOffset);
  }
  return alpha;
}

/** Probabilities of a 0 in each context. */
class AdaptiveBits {
  readonly #values = new Int32Array(CONTEXTS).fill(1 << (PRECISION - 1));
  readonly #rates = new Uint8Array(CONTEXTS).fill(FIRST_RATE);

  /** In units of 2^-15, 1..32767. */
  probability(context: number): number {
    return Math.min(Math.max(this.#values[context] >> ADAPTIVE_SHIFT, 1), (1 << PROBABILITY_BITS) - 1);
  }

  adapt(context: number, bit: number): void {
    const target = bit === 0 ? 1 << PRECISION : 0;
    this.#values[context] += (target - this.#values[context]) >> this.#rates[context];
    if (this.#rates[context] < LAST_RATE) this.#rates[context]++;
  }
}

/** What is known of a sample before it is coded. One object serves all samples. */
interface Site {
  prediction: number;
  /** Which neighbours are equal, and whether the left one is at an end of the range; 0..95. */
  equality: number;
  /** Bits of the sum of differences between neighbours, 0..18. */
  activity: number;
  /** Whether it falls or rises from left to right and from top to bottom, 0..8. */
  slope: number;
  /** The largest sample. */
  top: number;
}

interface Coder {
  readonly decide: Decide;
  /** Bits of probability one half. */
  readonly raw: (value: number, count: number) => number;
}

/** Codes a sample: `value` when writing; when reading, the result is the sample and `value` does not matter. */
function codeSample(
  { prediction, equality, activity, slope, top }: Site,
  value: number,
  { decide, raw }: Coder,
): number {
  if (decide(equality + EQUALITIES * Math.min(activity >> 1, 3), value === prediction ? 0 : 1) === 0) return prediction;
  if (decide(END_AT + equality, value === 0 || value === top ? 1 : 0) === 1) {
    return decide(HIGH_AT + equality, value === top ? 1 : 0) === 1 ? top : 0;
  }
  const difference = value - prediction;
  const negative = decide(SIGN_AT + slope, difference < 0 ? 1 : 0) === 1;
  const magnitude = codeMagnitude(Math.abs(difference), activity, { decide, raw });
  return negative ? prediction - magnitude : prediction + magnitude;
}

/** Codes 1..65535: its number of bits in unary, the bit below the highest with a context, the rest as it is. */
function codeMagnitude(magnitude: number, activity: number, { decide, raw }: Coder): number {
  const wanted = 32 - Math.clz32(magnitude);
  let bits = 1;
  const context = LENGTH_AT + activity * MAX_MAGNITUDE_BITS;
  while (bits < MAX_MAGNITUDE_BITS && decide(context + bits, wanted > bits ? 1 : 0) === 1) bits++;
  if (bits === 1) return 1;
  const second = decide(SECOND_AT + bits, (magnitude >> (bits - 2)) & 1);
  const low = raw(magnitude & ((1 << (bits - 2)) - 1), bits - 2);
  return ((2 + second) << (bits - 2)) + low;
}

/** Calls `visit` for each sample in raster order with what the samples before it tell. */
function visitSamples(
  alpha: Uint8Array | Uint16Array,
  { width, height, bitDepth }: AlphaShape,
  visit: (site: Site, index: number) => void,
): void {
  const site: Site = { prediction: 0, equality: 0, activity: 0, slope: 0, top: (1 << bitDepth) - 1 };
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const w = x > 0 ? alpha[i - 1] : y > 0 ? alpha[i - width] : site.top;
      const n = y > 0 ? alpha[i - width] : w;
      const nw = x > 0 && y > 0 ? alpha[i - width - 1] : n;
      const ne = x < width - 1 && y > 0 ? alpha[i - width + 1] : n;
      const ww = x > 1 ? alpha[i - 2] : w;
      const nn = y > 1 ? alpha[i - 2 * width] : n;
      site.prediction = Math.max(Math.min(w, n), Math.min(Math.max(w, n), w + n - nw));
      const end = w === site.top ? 2 : w === 0 ? 1 : 0;
      site.equality = 32 * end + (w === nw ? 1 : 0) + (nw === n ? 2 : 0) + (n === ne ? 4 : 0) + (ww === w ? 8 : 0) +
        (nn === n ? 16 : 0);
      site.activity = 32 - Math.clz32(Math.abs(w - nw) + Math.abs(n - nw) + Math.abs(n - ne));
      site.slope = 4 + 3 * Math.sign(w - nw) + Math.sign(n - nw);
      visit(site, i);
    }
  }
}
