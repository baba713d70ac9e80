/** The metadata of a golden file: every kind, some compressed, some too short for that. */

import type { Metadata } from "../../codec/image.ts";

const text = (content: string) => new TextEncoder().encode(content);

/** What `metadata_6x5.chic` decodes to. */
export const GOLDEN_METADATA: Metadata = {
  icc: Uint8Array.from({ length: 400 }, (_, i) => (i * i) & 15),
  exif: text("MM\0*\0\0\0\x08\0\0\0\0\0\0"),
  xmp: text(`<x:xmpmeta xmlns:x="adobe:ns:meta/"><!-- ${"golden ".repeat(20)}--></x:xmpmeta>`),
  cicp: Uint8Array.of(9, 16, 0, 1),
  srgb: Uint8Array.of(3),
  gamma: Uint8Array.of(0, 0, 177, 143),
  chromaticities: Uint8Array.from({ length: 32 }, (_, i) => i),
};
