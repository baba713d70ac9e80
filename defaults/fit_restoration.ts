/** Fits the weights of the restoration filter: of each class of sites those that leave the least squared error. */

import { CLASSES, ORIENTATIONS, orientedPair, PAIRS } from "../bitstream/restoration.ts";
import { noiseOf } from "../codec/choose_restoration.ts";
import type { Image } from "../codec/image.ts";
import { visitDifferences } from "../codec/reconstruct/restoration.ts";
import { siteClasses } from "../codec/reconstruct/site_classes.ts";

/** Added to the diagonal of the equations: a class that hardly occurs has weights near 0. In units of the mean squared error. */
const RIDGE = 20;

/** Sums over the sites of pictures, for the normal equations of each class. */
export class RestorationSums {
  /** `[CLASSES, PAIRS, PAIRS]` */
  readonly #squares = new Float64Array(CLASSES * PAIRS * PAIRS);
  /** `[CLASSES, PAIRS]` */
  readonly #products = new Float64Array(CLASSES * PAIRS);

  /** Adds a picture, by its fine samples without restoration. Pictures count alike, however large their errors are. */
  add(fine: Image, image: Image): void {
    const errors = errorsOf(fine, image);
    const weight = errors.length / errors.reduce((sum, error) => sum + error ** 2, 0);
    visitDifferences(fine, siteClasses(fine, noiseOf(fine, image)), (differences, siteClass, i) => {
      const [first, orientation] = [Math.floor(siteClass / ORIENTATIONS) * PAIRS, siteClass % ORIENTATIONS];
      for (let pair = 0; pair < PAIRS; pair++) {
        const [row, difference] = [first + orientedPair(pair, orientation), differences[pair]];
        this.#products[row] += weight * difference * errors[i];
        for (let other = 0; other < PAIRS; other++) {
          this.#squares[row * PAIRS + orientedPair(other, orientation)] += weight * difference * differences[other];
        }
      }
    });
  }

  /** `[CLASSES, PAIRS]` */
  weights(): Float64Array {
    const weights = new Float64Array(CLASSES * PAIRS);
    for (let first = 0; first < CLASSES * PAIRS; first += PAIRS) {
      const rows = Array.from({ length: PAIRS }, (_, pair) => [
        ...this.#squares.subarray((first + pair) * PAIRS, (first + pair + 1) * PAIRS),
        this.#products[first + pair],
      ]);
      rows.forEach((row, pair) => row[pair] += RIDGE);
      weights.set(solve(rows), first);
    }
    return weights;
  }
}

/** Solves a positive definite system, given as rows of coefficients and right-hand side, which it changes. */
function solve(rows: number[][]): number[] {
  rows.forEach((pivot, i) => {
    rows.forEach((row, k) => {
      if (k === i) return;
      const factor = row[i] / pivot[i];
      for (let j = i; j < row.length; j++) row[j] -= factor * pivot[j];
    });
  });
  return rows.map((row, i) => row[rows.length] / row[i]);
}

/** By how much fine samples are too low. */
function errorsOf(fine: Image, { bitDepth, data }: Image): Float32Array {
  const scale = 2 ** (fine.bitDepth - bitDepth);
  return Float32Array.from(data, (sample, i) => sample * scale - fine.data[i]);
}
