/** A size or a quality to land on, and how far the price of a bit must move to get there. */

/** What a file is to come to; `encode` then chooses lambda. */
export type EncodeTarget =
  /** A file of at most that many bytes, and no more than 2 % smaller. */
  | { readonly kind: "bytes"; readonly bytes: number }
  /** A PSNR in dB, within 0.1 dB. */
  | { readonly kind: "psnr"; readonly psnrDb: number };

/** What a file, or a model that could become one, comes to. */
export interface Outcome {
  readonly bytes: number;
  readonly psnrDb: number;
}

/** The prices that a search may set. */
export const LAMBDA_RANGE = { least: 1e-6, most: 10 } as const;

/** A size may be this much below the target; a PSNR this far from it. */
const SIZE_TOLERANCE = 0.02;
const PSNR_TOLERANCE_DB = 0.1;
/** Sizes are aimed at the middle of what is allowed. */
const SIZE_AIM = 1 - SIZE_TOLERANCE / 2;

/** What a search knows of a picture before it has trained anything. */
export interface SearchScale {
  readonly pixels: number;
  /** Network parameters. */
  readonly parameters: number;
}

const HEADER_BYTES = 20;

/** Bytes of everything but the latents, roughly. */
export function networkBytes({ parameters, pixels }: SearchScale): number {
  // The larger the picture, the finer the steps that pay: 4 bits each at 96x64, 7 at 768x512.
  const parameterBits = Math.max(1.5, 4 + 0.5 * Math.log2(pixels / 6144));
  return HEADER_BYTES + parameters * parameterBits / 8;
}

/** Bits per pixel that a size leaves for the latents; never nothing. */
function latentBpp(bytes: number, scale: SearchScale): number {
  return 8 * Math.max(bytes - networkBytes(scale), bytes / 4) / scale.pixels;
}

/** How fast dB falls with ln(lambda), in photographs. */
const PSNR_SLOPE = 2.5;

/** How fast ln(bytes), or dB, falls with ln(lambda) around a target, in photographs. */
function slopeAt(target: EncodeTarget, scale: SearchScale): number {
  if (target.kind === "psnr") return PSNR_SLOPE;
  const bpp = latentBpp(target.bytes, scale);
  return latentSlope(bpp) * bpp * scale.pixels / (8 * target.bytes);
}

/** Of ln(latent bits). Measured on 256x256 crops: 0.7 at 0.3 bpp, 0.47 at 0.9 bpp, 0.23 at 2.2 bpp. */
function latentSlope(bpp: number): number {
  return 0.75 / (1 + (bpp / 1.3) ** 1.5);
}

/** Expected change of ln(latent bits) and of dB from a share `progress` of the training to its end, at one lambda. */
export function remainingDrift(kind: EncodeTarget["kind"], progress: number, bpp: number): number {
  // Measured on 256x256 crops at lambda 1e-4, 1e-3 and 1e-2: 0.05 and 0.5 dB are left at the middle.
  const left = (1 - progress) ** 2;
  return kind === "bytes" ? -0.3 * left / (1 + (bpp / 1.6) ** 3) : 2 * left;
}

/** Whether the outcome is within the target's tolerance. */
export function isReached(target: EncodeTarget, outcome: Outcome): boolean {
  if (target.kind === "psnr") return Math.abs(outcome.psnrDb - target.psnrDb) <= PSNR_TOLERANCE_DB;
  return outcome.bytes <= target.bytes && outcome.bytes >= target.bytes * (1 - SIZE_TOLERANCE);
}

/** How far the outcome is above the aim, in ln(bytes) or dB: positive where lambda must rise. */
export function excess(target: EncodeTarget, outcome: Outcome): number {
  if (target.kind === "psnr") return Math.min(outcome.psnrDb, 200) - target.psnrDb;
  return Math.log(outcome.bytes / (target.bytes * SIZE_AIM));
}

/** Lambda of a search for what an average picture comes to at lambda 1e-3. */
const START = 0.7e-3;

/**
 * The lambda to go on with: a step by the slope of an average picture, by at most `factor`. Slopes between trials say less,
 * since each trial goes on from the one before, which lags behind its lambda.
 */
export function nextLambda(
  target: EncodeTarget,
  scale: SearchScale,
  { lambda, excess, factor }: { lambda: number; excess: number; factor: number },
): number {
  const step = excess / slopeAt(target, scale);
  const limit = Math.log(factor);
  return withinRange(lambda * Math.exp(Math.max(-limit, Math.min(limit, step))));
}

/**
 * The lambda to start a search with, before anything is known of the picture: rather too low than too high, since latents
 * that were once emptied do not come back.
 */
export function firstLambda(target: EncodeTarget, scale: SearchScale): number {
  // From the averages of Kodak pictures, 0.56 bpp of latents and 33.7 dB at lambda 1e-3, and a margin.
  if (target.kind === "psnr") return withinRange(START * Math.exp((33.7 - target.psnrDb) / PSNR_SLOPE));
  const bpp = latentBpp(target.bytes, scale);
  return withinRange(START * (0.56 / bpp) ** (1 / latentSlope(Math.sqrt(0.56 * bpp))));
}

/** The lambda that an encode starts with: that asked for, or the first one of a search. */
export function startLambda(
  { lambda, target }: { readonly lambda: number; readonly target?: EncodeTarget | undefined },
  scale: SearchScale,
): number {
  return target ? firstLambda(target, scale) : lambda;
}

function withinRange(lambda: number): number {
  return Math.max(LAMBDA_RANGE.least, Math.min(LAMBDA_RANGE.most, lambda));
}
