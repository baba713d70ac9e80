/** Pictures as files of the kind that their name asks for. */

import { extname } from "node:path";
import type { Image } from "../mod.ts";
import { FileError } from "./errors.ts";
import { writePng } from "./png_writer.ts";
import { writePam, writePnm, writePpm } from "./pnm_writer.ts";

/** Makes the bytes of a picture file. */
export type PictureWriter = (image: Image) => Uint8Array<ArrayBuffer>;

/** A kind of picture file. */
interface OutputKind {
  readonly write: PictureWriter;
  /** What of a picture has no place in it. */
  readonly loses: (image: Image) => boolean;
  readonly fits?: (image: Image) => boolean;
}

const hasAlpha = ({ alpha }: Image) => alpha !== undefined;
const KINDS: Readonly<Record<string, OutputKind>> = {
  "": { write: writePng, loses: () => false },
  ".png": { write: writePng, loses: () => false },
  ".pam": { write: writePam, loses: () => false },
  ".pnm": { write: writePnm, loses: hasAlpha },
  ".ppm": { write: writePpm, loses: hasAlpha },
  ".pgm": { write: writePnm, loses: hasAlpha, fits: ({ channels }) => channels === 1 },
};

/** Throws a `FileError` unless pictures can be written under this name; a name without extension is a PNG file. */
export function checkPictureName(path: string): void {
  requireKind(path);
}

/** The same for this picture: not every kind of file has colours. */
export function checkPictureFits(image: Image, path: string): void {
  requireFitting(image, path);
}

/**
 * A picture as the file that its name asks for. Throws a `FileError` if such a file cannot hold it; `onWarning` is told if alpha
 * has no place in it.
 */
export function pictureFile(image: Image, path: string, onWarning: (message: string) => void): Uint8Array<ArrayBuffer> {
  const kind = requireFitting(image, path);
  if (kind.loses(image)) onWarning("the picture's alpha has no place in this kind of file and is left out");
  return kind.write(image);
}

/** Whether a picture of this name is a PNG file. */
export function isPngName(path: string): boolean {
  return kindOf(path)?.write === writePng;
}

function requireKind(path: string): OutputKind {
  const kind = kindOf(path);
  if (kind) return kind;
  throw new FileError(path, `expected a name that ends in ${names()}, found ${extname(path)}`);
}

function requireFitting(image: Image, path: string): OutputKind {
  const kind = requireKind(path);
  if (!kind.fits || kind.fits(image)) return kind;
  throw new FileError(path, "expected a gray picture for this kind of file, found RGB");
}

function kindOf(path: string): OutputKind | undefined {
  return KINDS[extname(path).toLowerCase()];
}

function names(): string {
  return Object.keys(KINDS).filter((name) => name !== "").join(", ");
}
