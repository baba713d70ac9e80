/**
 * BD-rate: how many per cent more bits one codec needs than another at equal PSNR, averaged over the PSNR both reach.
 *
 * The logarithm of the rate is a function of PSNR through all points, piecewise cubic and monotone between them (PCHIP:
 * Fritsch and Butland's slopes); the difference of the two integrals over the common interval, divided by its length, is the
 * mean log-ratio.
 */

/** One point of a rate-distortion curve. */
export interface RatePoint {
  /** Bits per pixel, positive. */
  readonly bpp: number;
  readonly psnrDb: number;
}

/** A BD-rate and what it rests on. */
export interface BdRate {
  /** Negative: the tested codec needs fewer bits than the anchor. */
  readonly percent: number;
  /** The common interval of PSNR, in dB. */
  readonly lowDb: number;
  readonly highDb: number;
}

/**
 * BD-rate of `test` against `anchor`. Throws a `RangeError` if a curve has fewer than two points of different, finite PSNR, two
 * points of the same one, or if the curves share no interval of PSNR.
 */
export function bdRate(anchor: readonly RatePoint[], test: readonly RatePoint[]): BdRate {
  const [a, t] = [logRateCurve(anchor), logRateCurve(test)];
  const lowDb = Math.max(a.x[0], t.x[0]);
  const highDb = Math.min(a.x[a.x.length - 1], t.x[t.x.length - 1]);
  if (!(highDb > lowDb)) throw new RangeError("Cannot compare curves: expected a common interval of PSNR, found none");
  const difference = (integral(t, lowDb, highDb) - integral(a, lowDb, highDb)) / (highDb - lowDb);
  return { percent: 100 * (Math.exp(difference) - 1), lowDb, highDb };
}

/** A function through points: x strictly increasing, y, and the slope there. */
interface Curve {
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly slopes: readonly number[];
}

function logRateCurve(points: readonly RatePoint[]): Curve {
  const sorted = points.filter(({ psnrDb }) => Number.isFinite(psnrDb)).sort((p, q) => p.psnrDb - q.psnrDb);
  if (sorted.length < 2) throw new RangeError(`Cannot compare curves: expected 2 points, found ${sorted.length}`);
  const [x, y] = [sorted.map(({ psnrDb }) => psnrDb), sorted.map(({ bpp }) => Math.log(bpp))];
  if (x.some((value, i) => i > 0 && value <= x[i - 1])) {
    throw new RangeError("Cannot compare curves: expected points of different PSNR, found two of the same");
  }
  return { x, y, slopes: pchipSlopes(x, y) };
}

function pchipSlopes(x: readonly number[], y: readonly number[]): number[] {
  const steps = x.slice(1).map((value, i) => value - x[i]);
  const rises = steps.map((step, i) => (y[i + 1] - y[i]) / step);
  if (rises.length === 1) return [rises[0], rises[0]];
  const inner = rises.slice(1).map((rise, i) => innerSlope(steps[i], steps[i + 1], rises[i], rise));
  const last = rises.length - 1;
  return [
    endSlope(steps[0], steps[1], rises[0], rises[1]),
    ...inner,
    endSlope(steps[last], steps[last - 1], rises[last], rises[last - 1]),
  ];
}

/** The weighted harmonic mean of the rises on both sides; flat at an extremum. */
function innerSlope(stepBefore: number, stepAfter: number, before: number, after: number): number {
  if (before * after <= 0) return 0;
  const [w1, w2] = [2 * stepAfter + stepBefore, stepAfter + 2 * stepBefore];
  return (w1 + w2) / (w1 / before + w2 / after);
}

/** The slope of the parabola through the three outer points, limited so that the curve stays monotone. */
function endSlope(step: number, nextStep: number, rise: number, nextRise: number): number {
  const slope = ((2 * step + nextStep) * rise - step * nextRise) / (step + nextStep);
  if (slope * rise <= 0) return 0;
  return rise * nextRise <= 0 && Math.abs(slope) > 3 * Math.abs(rise) ? 3 * rise : slope;
}

function integral({ x, y, slopes }: Curve, low: number, high: number): number {
  let sum = 0;
  for (let i = 0; i + 1 < x.length; i++) {
    const [from, to] = [Math.max(low, x[i]), Math.min(high, x[i + 1])];
    if (from >= to) continue;
    const step = x[i + 1] - x[i];
    const rise = (y[i + 1] - y[i]) / step;
    const square = (3 * rise - 2 * slopes[i] - slopes[i + 1]) / step;
    const cube = (slopes[i] + slopes[i + 1] - 2 * rise) / (step * step);
    const primitive = (t: number) => y[i] * t + slopes[i] * t ** 2 / 2 + square * t ** 3 / 3 + cube * t ** 4 / 4;
    sum += primitive(to - x[i]) - primitive(from - x[i]);
  }
  return sum;
}
