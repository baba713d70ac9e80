/** What a decoded picture is recognised by. */

import { pixelChecksum } from "../bitstream/checksum.ts";
import type { Image } from "../codec/image.ts";

/** CRC-32 of the colour samples, and behind a space that of alpha if there is any, in hexadecimal. */
export function pictureChecksum({ data, alpha }: Pick<Image, "data" | "alpha">): string {
  return [data, ...alpha ? [alpha] : []].map((samples) => pixelChecksum(samples).toString(16).padStart(8, "0")).join(
    " ",
  );
}
