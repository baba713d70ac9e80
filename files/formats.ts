/** What kind of file some bytes are, told by how they start. */

/** Kinds of pictures that can be read. */
export type PictureFormat = "png" | "jpeg" | "pnm" | "chic";

/** Extensions of pictures that `encode` reads, by which it finds them in folders; a file named alone may have any name. */
export const PICTURE_EXTENSIONS: readonly string[] = [
  ...[".png", ".jpg", ".jpeg"],
  ...[".ppm", ".pgm", ".pbm", ".pnm", ".pam"],
];

/** First bytes of the kinds that can be read, as Latin-1 text. Netpbm's white space after the kind may be any. */
const READABLE: readonly (readonly [start: string, format: PictureFormat])[] = [
  ["\x89PNG\r\n\x1a\n", "png"],
  ["\xff\xd8\xff", "jpeg"],
  ["\xc4\x1c", "chic"],
  ...["P1", "P2", "P3", "P4", "P5", "P6", "P7"].map((start) => [start, "pnm"] as const),
];

/** The kind of a file, `undefined` if it cannot be read. */
export function formatOf(bytes: Uint8Array): PictureFormat | undefined {
  const start = startOf(bytes);
  return READABLE.find(([first]) => start.startsWith(first))?.[1];
}

/** Well-known formats by their first bytes, so that a message says what the file is rather than what it is not. */
const NAMES: readonly (readonly [start: string, name: string])[] = [
  ["\x89PNG\r\n\x1a\n", "a PNG file"],
  ["\xff\xd8\xff", "a JPEG file"],
  ["GIF8", "a GIF file"],
  ["RIFF", "a WebP or other RIFF file"],
  ["BM", "a BMP file"],
  ["II*\0", "a TIFF file"],
  ["MM\0*", "a TIFF file"],
  ["P5", "a PGM file"],
  ["P6", "a PPM file"],
  ["P7", "a PAM file"],
  ["\xc4\x1c", "a .chic file"],
  ["\0\0\0\x0cJXL ", "a JPEG XL file"],
  ["\xff\x0a", "a JPEG XL file"],
  ["\x89PNG", "a PNG signature damaged by a text-mode transfer"],
];

/** What a file is, in words. */
export function describeFormat(bytes: Uint8Array): string {
  if (bytes.length === 0) return "an empty file";
  const start = startOf(bytes);
  if (start.slice(4, 8) === "ftyp") return "an AVIF, HEIC or MP4 file";
  return NAMES.find(([prefix]) => start.startsWith(prefix))?.[1] ?? `a file that starts with ${hexBytes(bytes, 8)}`;
}

/** The first bytes in hexadecimal. */
export function hexBytes(bytes: Uint8Array, count: number): string {
  return [...bytes.subarray(0, count)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
}

function startOf(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes.subarray(0, 12));
}
