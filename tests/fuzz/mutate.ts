/** Damage for the fuzzers: mutations of valid files, blind or aimed at a part of the file, with checksums made right again. */

import { type ParsedHeader, readHeader } from "../../bitstream/header.ts";
import { fileChecksum } from "../../bitstream/write.ts";
import { randomInteger } from "../random.ts";

type Random = () => number;

/** One damaged copy of a valid file. Most copies have a right file checksum, so that damage reaches what lies behind it. */
export function mutateFile(random: Random, file: Uint8Array): Uint8Array {
  const mutation = MUTATIONS[randomInteger(random, 0, MUTATIONS.length - 1)];
  const mutated = mutation(random, file.slice(), readHeader(file));
  return random() < 0.9 ? repair(mutated) : mutated;
}

/** Makes the file checksum right again, if there is a header that says where it is. */
export function repair(bytes: Uint8Array): Uint8Array {
  try {
    const { checksumOffset } = readHeader(bytes);
    const checksum = fileChecksum(bytes, checksumOffset);
    bytes.set([checksum >> 8, checksum & 255], checksumOffset);
  } catch { /* the header itself is damaged: nothing to repair */ }
  return bytes;
}

type Mutation = (random: Random, bytes: Uint8Array, parsed: ParsedHeader) => Uint8Array;

const MUTATIONS: readonly Mutation[] = [
  flipBits,
  changeField,
  changeStreamStart,
  cut,
  insertBytes,
  fillRange,
  appendBytes,
  randomStreams,
  changeExtension,
];

function flipBits(random: Random, bytes: Uint8Array): Uint8Array {
  for (let n = randomInteger(random, 1, 8); n > 0; n--) {
    bytes[randomInteger(random, 0, bytes.length - 1)] ^= 1 << randomInteger(random, 0, 7);
  }
  return bytes;
}

/** A header field gets another value: any, or one of the ends of its range. */
function changeField(random: Random, bytes: Uint8Array, { found }: ParsedHeader): Uint8Array {
  const { field, byte, bit } = found[randomInteger(random, 1, found.length - 1)];
  const width = field.bits === "varint" ? 14 : field.bits;
  const choice = random();
  for (let i = 0; i < width; i++) {
    const at = 8 * byte + bit + i;
    const value = choice < 0.2 ? 0 : choice < 0.4 ? 1 : randomInteger(random, 0, 1);
    const mask = 128 >> (at & 7);
    bytes[at >> 3] = value ? bytes[at >> 3] | mask : bytes[at >> 3] & ~mask;
  }
  return bytes;
}

/** The first bytes of stream 0 hold fixed-point fields, steps and spreads. */
function changeStreamStart(random: Random, bytes: Uint8Array, { end }: ParsedHeader): Uint8Array {
  for (let i = end; i < Math.min(end + 8, bytes.length); i++) {
    if (random() < 0.5) bytes[i] = randomInteger(random, 0, 255);
  }
  return bytes;
}

function cut(random: Random, bytes: Uint8Array): Uint8Array {
  return bytes.slice(0, randomInteger(random, 0, bytes.length - 1));
}

function insertBytes(random: Random, bytes: Uint8Array): Uint8Array {
  const at = randomInteger(random, 0, bytes.length);
  return spliced(bytes, at, Array.from({ length: randomInteger(random, 1, 9) }, () => randomInteger(random, 0, 255)));
}

function fillRange(random: Random, bytes: Uint8Array): Uint8Array {
  const start = randomInteger(random, 0, bytes.length - 1);
  return bytes.fill(random() < 0.5 ? 0 : 255, start, start + randomInteger(random, 1, 64));
}

function appendBytes(random: Random, bytes: Uint8Array): Uint8Array {
  const more = Array.from({ length: randomInteger(random, 1, 5) }, () => randomInteger(random, 0, 255));
  return spliced(bytes, bytes.length, more);
}

function spliced(bytes: Uint8Array, at: number, inserted: readonly number[]): Uint8Array {
  const result = new Uint8Array(bytes.length + inserted.length);
  result.set(bytes.subarray(0, at));
  result.set(inserted, at);
  result.set(bytes.subarray(at), at + inserted.length);
  return result;
}

/** The header stays, all behind it is noise. */
function randomStreams(random: Random, bytes: Uint8Array, { end }: ParsedHeader): Uint8Array {
  for (let i = end; i < bytes.length; i++) bytes[i] = randomInteger(random, 0, 255);
  return bytes;
}

/** Bytes of an extension chunk, or its id or length before it; of the streams where there is no such chunk. */
function changeExtension(random: Random, bytes: Uint8Array, { header, end }: ParsedHeader): Uint8Array {
  const chunk = header.extensions[randomInteger(random, 0, header.extensions.length)];
  const start = chunk?.byteOffset ?? end;
  for (let n = randomInteger(random, 1, 4); n > 0; n--) {
    const at = start + randomInteger(random, -2, Math.min(chunk?.data.length ?? 8, random() < 0.5 ? 4 : 1000));
    if (at < bytes.length) bytes[at] = randomInteger(random, 0, 255);
  }
  return bytes;
}
