/** What the planes of the synthesis start as: brightness on the main grids, colours on the second ones. */

import { type Architecture, type ImageShape, latentGrids, synthesisedGrids } from "../bitstream/architecture.ts";

/** A step of one latent, in samples of 0..1: of the order that trained decoders come to. */
const STEP = 0.02;
/** Coarser planes start at random: where bits are dear, all of the colour may be in them. */
const COARSEST_LEVEL = 3;
/** Red, green and blue of a plane. */
const BRIGHTNESS = [1, 1, 1];
/** Of the second planes, finest first: what training gives them. */
const COLOURS = [[1, 0, -1], [0.7, -1, 0.7]];

/** First weights from a plane to the colours. */
export interface PlaneRole {
  /** Index of the plane, in the order of `synthesisedGrids`. */
  readonly plane: number;
  /** To red, green and blue. */
  readonly weights: readonly number[];
}

/** The planes that have a role: none if picture or decoder has no room for these roles. */
export function planeRoles(arch: Architecture, shape: ImageShape): PlaneRole[] {
  const grids = latentGrids(arch, shape);
  const planes = synthesisedGrids(arch, shape).flat().map((index, plane) => ({ ...grids[index], plane }));
  const fine = planes.filter(({ level }) => level <= COARSEST_LEVEL);
  const second = fine.filter(({ hyper }) => hyper);
  if (shape.channels < 3 || second.length !== COLOURS.length) return [];
  return fine.map((grid) => {
    const weights = grid.hyper ? COLOURS[second.indexOf(grid)] : BRIGHTNESS;
    return { plane: grid.plane, weights: weights.map((weight) => STEP * weight) };
  });
}
