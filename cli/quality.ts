/** How good a file is to be: one of five ways to say it. */

import { type EncodeTarget, qualityToLambda } from "../mod.ts";
import { ArgumentError } from "./errors.ts";

/** The options that choose a quality; at most one of them is given. */
export interface QualityOptions {
  readonly lambda?: number | undefined;
  readonly quality?: number | undefined;
  readonly bpp?: number | undefined;
  readonly bytes?: number | undefined;
  readonly psnr?: number | undefined;
}

const NAMES = ["lambda", "quality", "bpp", "bytes", "psnr"] as const satisfies readonly (keyof QualityOptions)[];

/** Throws an `ArgumentError` if more than one of the options is given. */
export function checkQuality(options: QualityOptions): void {
  const given = NAMES.filter((name) => options[name] !== undefined).map((name) => `--${name}`);
  if (given.length <= 1) return;
  const all = NAMES.map((name) => `--${name}`);
  throw new ArgumentError(
    `expected only one of ${all.slice(0, -1).join(", ")} and ${all.at(-1)}, found ${given.join(" and ")}`,
  );
}

/** The quality as options of `encode`, for a picture of so many pixels; none given: the default lambda. */
export function qualityFor(options: QualityOptions, pixels: number): { lambda?: number; target?: EncodeTarget } {
  const { lambda, quality, bpp, bytes, psnr } = options;
  if (lambda !== undefined) return { lambda };
  if (quality !== undefined) return { lambda: qualityToLambda(quality) };
  if (psnr !== undefined) return { target: { kind: "psnr", psnrDb: psnr } };
  const size = bytes ?? (bpp === undefined ? undefined : Math.max(1, Math.floor(bpp * pixels / 8)));
  return size === undefined ? {} : { target: { kind: "bytes", bytes: size } };
}
