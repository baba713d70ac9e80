/** What the planes of the synthesis start as: brightness on the main grids, colours on the second ones. */

import { type Architecture, type ImageShape, latentGrids, synthesisedGrids } from "../bitstream/architecture.ts";

/** A step of one latent, in samples of 0..1: about what trained decoders come to. */
const STEP = 0.015;
/** Red, green and blue of a plane. */
const BRIGHTNESS = [1, 1, 1];
/** Of the second planes, finest first: what training gives them. */
const COLOURS = [[1, 0, -1], [0.7, -1, 0.7]];

/**
 * The first weights of the synthesis' stabiliser from each plane to red, green and blue, `[planes][3]`; planes in the order
 * of `synthesisedGrids`. Undefined if picture or decoder has no room for these roles.
 */
export function planeRoles(arch: Architecture, shape: ImageShape): number[][] | undefined {
  const grids = latentGrids(arch, shape);
  const isHyper = synthesisedGrids(arch, shape).flat().map((index) => grids[index].hyper);
  if (shape.channels < 3 || isHyper.filter((hyper) => hyper).length !== COLOURS.length) return undefined;
  let next = 0;
  return isHyper.map((hyper) => (hyper ? COLOURS[next++] : BRIGHTNESS).map((weight) => STEP * weight));
}
