import { assertEquals } from "@std/assert";
import { crc16, crc32, pixelChecksum } from "../../bitstream/checksum.ts";

const DIGITS = new TextEncoder().encode("123456789");

Deno.test("crc16() and crc32() have their published check values", () => {
  assertEquals(crc16(DIGITS), 0x29b1);
  assertEquals(crc32(DIGITS), 0xcbf43926);
});

Deno.test("crc32() agrees with its definition bit by bit for every length", () => {
  const bytes = Uint8Array.from({ length: 40 }, (_, i) => (i * 89 + 7) & 255);
  for (let length = 0; length <= 40; length++) {
    let crc = 0xffffffff;
    for (const byte of bytes.subarray(0, length)) {
      crc ^= byte;
      for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
    }
    assertEquals(crc32(bytes.subarray(0, length)), (crc ^ 0xffffffff) >>> 0);
  }
});

Deno.test("crc16() goes on from an earlier part", () => {
  assertEquals(crc16(DIGITS.subarray(4), crc16(DIGITS.subarray(0, 4))), 0x29b1);
});

Deno.test("pixelChecksum() takes deep samples with the high byte first", () => {
  assertEquals(pixelChecksum(Uint16Array.of(0x3132, 0x3334)), pixelChecksum(Uint8Array.of(0x31, 0x32, 0x33, 0x34)));
});
