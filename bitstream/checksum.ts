/** Checksums: CRC-16 of a file, CRC-32 of its pixels. */

/** CRC-16/CCITT-FALSE: polynomial 0x1021, start 0xffff, highest bit first, no final inversion. */
export function crc16(bytes: Uint8Array, start = 0xffff): number {
  let crc = start;
  for (const byte of bytes) crc = ((crc << 8) & 0xffff) ^ CRC16_TABLE[(crc >> 8) ^ byte];
  return crc;
}

/** CRC-32 as in PNG and zip: reflected polynomial 0xedb88320, start and final inversion 0xffffffff. 0..2^32-1. */
export function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) crc = (crc >>> 8) ^ CRC32_TABLE[(crc ^ bytes[i]) & 0xff];
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

const CRC32_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});
