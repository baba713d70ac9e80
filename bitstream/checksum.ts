/** Checksums: CRC-16 of a file, CRC-32 of its pixels. */

/** CRC-16/CCITT-FALSE: polynomial 0x1021, start 0xffff, highest bit first, no final inversion. */
export function crc16(bytes: Uint8Array, start = 0xffff): number {
  let crc = start;
  for (const byte of bytes) crc = ((crc << 8) & 0xffff) ^ CRC16_TABLE[(crc >> 8) ^ byte];
  return crc;
}

/** CRC-32 as in PNG and zip: reflected polynomial 0xedb88320, start and final inversion 0xffffffff. 0..2^32-1. */
export function crc32(bytes: Uint8Array): number {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = CRC32_TABLES;
  let crc = 0xffffffff;
  let i = 0;
  // Eight bytes at a time: table k holds what a byte becomes after k further zero bytes.
  for (; i + 8 <= bytes.length; i += 8) {
    const low = crc ^ (bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16) | (bytes[i + 3] << 24));
    crc = t7[low & 255] ^ t6[(low >>> 8) & 255] ^ t5[(low >>> 16) & 255] ^ t4[low >>> 24] ^
      t3[bytes[i + 4]] ^ t2[bytes[i + 5]] ^ t1[bytes[i + 6]] ^ t0[bytes[i + 7]];
  }
  for (; i < bytes.length; i++) crc = (crc >>> 8) ^ t0[(crc ^ bytes[i]) & 255];
  return (crc ^ 0xffffffff) >>> 0;
}

/**
 * CRC-32 of decoded samples: rows of interleaved samples, samples over 8 bits as two bytes, the high one first.
 */
export function pixelChecksum(samples: Uint8Array | Uint16Array): number {
  if (samples instanceof Uint8Array) return crc32(samples);
  const bytes = new Uint8Array(2 * samples.length);
  for (let i = 0; i < samples.length; i++) {
    bytes[2 * i] = samples[i] >> 8;
    bytes[2 * i + 1] = samples[i];
  }
  return crc32(bytes);
}

const CRC16_TABLE = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
  return crc;
});

const CRC32_TABLES = makeCrc32Tables();

function makeCrc32Tables(): Int32Array[] {
  const first = Int32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    return crc;
  });
  const tables = [first];
  while (tables.length < 8) tables.push(tables[tables.length - 1].map((crc) => (crc >>> 8) ^ first[crc & 255]));
  return tables;
}
