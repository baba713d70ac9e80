/** The one thing in Exif data that changes a picture: its orientation. */

/** The tag in the first directory, and the type of its value: one 16-bit number. */
const [ORIENTATION_TAG, SHORT] = [0x0112, 3];
const ENTRY_BYTES = 12;

/** How the stored rows and columns lie in the picture, 1..8; 1 is upright, and the answer for data that say nothing. */
export function readOrientation(exif: Uint8Array): number {
  const place = findOrientation(exif);
  const value = place ? place.view.getUint16(place.offset, place.littleEndian) : 1;
  return value >= 1 && value <= 8 ? value : 1;
}

/** A copy whose orientation, if it states one, is upright. */
export function withUprightOrientation(exif: Uint8Array): Uint8Array {
  const copy = exif.slice();
  const place = findOrientation(copy);
  place?.view.setUint16(place.offset, 1, place.littleEndian);
  return copy;
}

interface Place {
  readonly view: DataView;
  readonly offset: number;
  readonly littleEndian: boolean;
}

function findOrientation(exif: Uint8Array): Place | undefined {
  const view = new DataView(exif.buffer, exif.byteOffset, exif.byteLength);
  const order = String.fromCharCode(...exif.subarray(0, 2));
  if (exif.length < 8 || (order !== "II" && order !== "MM")) return undefined;
  const littleEndian = order === "II";
  const directory = view.getUint32(4, littleEndian);
  if (directory + 2 > exif.length) return undefined;
  const count = view.getUint16(directory, littleEndian);
  for (let i = 0; i < count; i++) {
    const entry = directory + 2 + i * ENTRY_BYTES;
    if (entry + ENTRY_BYTES > exif.length) return undefined;
    const isIt = view.getUint16(entry, littleEndian) === ORIENTATION_TAG &&
      view.getUint16(entry + 2, littleEndian) === SHORT;
    if (isIt) return { view, offset: entry + 8, littleEndian };
  }
  return undefined;
}
