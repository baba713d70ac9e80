/** The program's icon, drawn: a pyramid of grids, coarse above fine. */

/** Sides of the pictures in the file, in pixels; `deno compile` makes the usual six of the largest. */
const SIDES = [32, 256] as const;
/** Colours of the three grids, blue, green, red, as the file wants them. */
const COLOURS = [[0x4b, 0x8d, 0xf2], [0x8f, 0xb2, 0x2f], [0xb8, 0x66, 0x2b]] as const;

const FILE_HEADER = 6;
const ENTRY = 16;
const BITMAP_HEADER = 40;

/** A Windows icon file: 32-bit bitmaps, which every reader of icons understands. */
export function iconFile(): Uint8Array<ArrayBuffer> {
  const bitmaps = SIDES.map(bitmap);
  const file = new Uint8Array(
    FILE_HEADER + ENTRY * SIDES.length + bitmaps.reduce((sum, { length }) => sum + length, 0),
  );
  const view = new DataView(file.buffer);
  view.setUint16(2, 1, true); // An icon, not a cursor.
  view.setUint16(4, SIDES.length, true);
  let offset = FILE_HEADER + ENTRY * SIDES.length;
  bitmaps.forEach((bytes, i) => {
    const entry = FILE_HEADER + ENTRY * i;
    file.set([SIDES[i] % 256, SIDES[i] % 256], entry); // 0 stands for 256.
    view.setUint16(entry + 4, 1, true); // Planes.
    view.setUint16(entry + 6, 32, true); // Bits per pixel.
    view.setUint32(entry + 8, bytes.length, true);
    view.setUint32(entry + 12, offset, true);
    file.set(bytes, offset);
    offset += bytes.length;
  });
  return file;
}

/** One picture: header, rows of BGRA from the bottom up, then a mask of zero bits, which alpha stands in for. */
function bitmap(side: number): Uint8Array {
  const maskRow = Math.ceil(side / 32) * 4;
  const bytes = new Uint8Array(BITMAP_HEADER + side * side * 4 + side * maskRow);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, BITMAP_HEADER, true);
  view.setInt32(4, side, true);
  view.setInt32(8, 2 * side, true); // Picture and mask.
  view.setUint16(12, 1, true);
  view.setUint16(14, 32, true);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const colour = colourAt(x / side, y / side);
      if (colour) bytes.set([...colour, 255], BITMAP_HEADER + 4 * ((side - 1 - y) * side + x));
    }
  }
  return bytes;
}

/** The colour at a place of the unit square, y downwards: grids of 1, 2 and 3 cells, each cell with a gap around it. */
function colourAt(x: number, y: number): readonly number[] | undefined {
  const grid = Math.min(2, Math.floor(3 * y));
  const cells = grid + 1;
  const across = (x - 0.5) * 3 + cells / 2;
  const [inX, inY] = [across - Math.floor(across), 3 * y - grid];
  const inside = across >= 0 && across < cells && Math.min(inX, 1 - inX, inY, 1 - inY) > 0.1;
  return inside ? COLOURS[grid] : undefined;
}
