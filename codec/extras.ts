/** What a file holds besides the samples of its model: alpha and metadata, attached to the decoded picture. */

import { ALPHA_ID, decodeAlpha } from "../bitstream/alpha.ts";
import { BitstreamError } from "../bitstream/errors.ts";
import type { Extension, Header } from "../bitstream/header.ts";
import { findExtension, isMetadata, readMetadata } from "../bitstream/metadata.ts";
import { type Image, interleaveAlpha, type SampleArray, splitAlpha } from "./image.ts";

/**
 * The picture that a user sees: with alpha on its own, whether it was a plane of the model or a chunk, and with metadata. Throws
 * a `BitstreamError` for damaged chunks.
 */
export function withExtras(picture: Image, { extensions }: Pick<Header, "extensions">): Image {
  const metadata = readMetadata(extensions);
  const chunk = findExtension(extensions, ALPHA_ID);
  const image = chunk ? { ...picture, alpha: alphaOf(chunk, picture) } : withoutAlphaPlane(picture);
  return metadata ? { ...image, metadata } : image;
}

function alphaOf({ data, byteOffset = 0 }: Extension, picture: Image): SampleArray {
  if (hasAlphaPlane(picture)) {
    const message = "Cannot read alpha: expected one plane, received one among the colours and one in an extension";
    throw new BitstreamError(message, byteOffset);
  }
  return decodeAlpha(data, picture, byteOffset);
}

/** The same of a file that may be damaged: of each kind of chunk the first, if it can be read. */
export function withReadableExtras(
  picture: Image,
  { extensions }: Pick<Header, "extensions">,
): { image: Image; whole: boolean } {
  let [image, whole] = [withoutAlphaPlane(picture), true];
  const known = extensions.filter(({ id }) => id === ALPHA_ID || isMetadata(id));
  const firsts = new Map(known.toReversed().map((chunk) => [chunk.id, chunk]));
  if (firsts.size < known.length) whole = false;
  for (const chunk of firsts.values()) {
    try {
      if (chunk.id === ALPHA_ID) image = { ...image, alpha: alphaOf(chunk, picture) };
      else {
        const metadata = readMetadata([chunk]);
        if (metadata) image = { ...image, metadata: { ...image.metadata, ...metadata } };
      }
    } catch (error) {
      if (!(error instanceof BitstreamError)) throw error;
      whole = false;
    }
  }
  return { image, whole };
}

/** Alpha, if there is any, as the last plane of a picture: what a model of 2 or 4 channels codes. */
export function withAlphaPlane(image: Image): Image {
  const { width, height, channels, bitDepth, alpha } = image;
  return { width, height, channels: channels + (alpha ? 1 : 0), bitDepth, data: interleaveAlpha(image) };
}

/** Whether the last plane of a decoded picture is alpha. */
function hasAlphaPlane({ channels }: Image): boolean {
  return channels === 2 || channels === 4;
}

function withoutAlphaPlane(image: Image): Image {
  if (!hasAlphaPlane(image)) return image;
  const { width, height, channels, bitDepth, data } = image;
  return { width, height, channels: channels - 1, bitDepth, ...splitAlpha(data, { stored: channels, bitDepth }) };
}
