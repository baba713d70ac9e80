/** From what size on images are made for, and decoded by, several threads. */

/** Pixels from which threads can save more time than they take to start and to warm up. */
export const PARALLEL_PIXELS = 2_000_000;

/** Streams for an image of that size: each costs a few bytes, and lets another thread decode latents. */
export function streamsFor(pixels: number): number {
  if (pixels < PARALLEL_PIXELS) return 1;
  return pixels < 2 * PARALLEL_PIXELS ? 2 : 4;
}
