/** Emits the operations that work on each site by itself: soft rounding, noise, rounding, and the two losses. */

import {
  INTEGER_SHARE,
  type LaplaceBitsOp,
  LOG_SCALE_MAX,
  LOG_SCALE_MIN,
  LOG_SCALE_OFFSET,
  SAMPLE_MAX,
  type SquaredErrorOp,
  widthOf,
} from "../program.ts";
import { NOISE_MEAN, NOISE_SCALE, NOISE_SECOND, NOISE_STRIDE } from "../noise.ts";
import type { EmitContext } from "./emit_context.ts";
import { BINDING, ROW, SCALAR } from "./program_layout.ts";
import type { Expr, LocalExpr } from "./vector_math.ts";

/** Pushes a number of the scalar block in all lanes. */
function scalar(c: EmitContext, field: keyof typeof SCALAR): Expr {
  return () => {
    c.bindingWord(4 * BINDING.scalars);
    c.f.mem("v128.load32_splat", SCALAR[field]);
  };
}

/** `y = softround(x, t)`. */
export function emitSoftround(c: EmitContext, rows: number, from: number, to: number): void {
  const { f, math } = c;
  const inverse = math.let(scalar(c, "inverseTemperature"));
  const gain = math.let(scalar(c, "softroundGain"));
  c.forScratch(16, () => {
    for (let r = 0; r < rows; r++) {
      const x = math.let(math.load(c.p, from + r * ROW));
      const middle = math.let(math.add(math.apply("f32x4.floor", x), math.constant(0.5)));
      const curve = math.tanh(math.mul(math.sub(x, middle), inverse));
      f.get(c.p);
      math.madd(curve, gain, middle)();
      f.mem("v128.store", to + r * ROW);
      math.free(x, middle);
    }
  });
  math.free(inverse, gain);
}

/** `dx = dy * dsoftround/dx`; the curve is taken back from the result: `tanh = (y - middle) / gain`. */
export function emitSoftroundGradient(
  c: EmitContext,
  rows: number,
  at: { readonly from: number; readonly to: number; readonly dTo: number; readonly dFrom: number },
): void {
  const { math } = c;
  const inverseGain = math.let(math.div(math.constant(1), scalar(c, "softroundGain")));
  const slope = math.let(math.mul(scalar(c, "softroundGain"), scalar(c, "inverseTemperature")));
  c.forScratch(16, () => {
    for (let r = 0; r < rows; r++) {
      const middle = math.add(math.apply("f32x4.floor", math.load(c.p, at.from + r * ROW)), math.constant(0.5));
      const curve = math.let(math.mul(math.sub(math.load(c.p, at.to + r * ROW), middle), inverseGain));
      const derivative = math.mul(slope, math.sub(math.constant(1), math.mul(curve, curve)));
      math.store(c.p, at.dFrom + r * ROW, math.mul(derivative, math.load(c.p, at.dTo + r * ROW)));
      math.free(curve);
    }
  });
  math.free(inverseGain, slope);
}

/** `y = x + noiseShare * noise * gaussian(counter)`, counter `noiseBase + y * width + x`. */
export function emitNoise(c: EmitContext, from: number, to: number): void {
  const { f, math } = c;
  const share = () => {
    c.bindingWord(4 * BINDING.noiseShare);
    f.op("i32x4.splat");
  };
  const level = math.let(math.mul(share, math.mul(scalar(c, "noise"), math.constant(NOISE_SCALE))));
  const hashInput = f.local("v128");
  c.forSites(16, () => {
    c.bindingWord(4 * BINDING.noiseBase);
    f.get(c.y);
    c.bindingWord(4 * BINDING.width);
    f.op("i32.mul", "i32.add").get(c.siteX).i32(2).op("i32.shr_u", "i32.add", "i32x4.splat");
    f.v128(LANE_NUMBERS).op("i32x4.add").i32x4(NOISE_STRIDE).op("i32x4.mul");
    c.bindingWord(4 * BINDING.scalars);
    f.mem("v128.load32_splat", SCALAR.noiseKey).op("i32x4.add").set(hashInput);
    const first = math.let(math.hash(math.local(hashInput)));
    const second = math.let(math.hash(() => f.get(hashInput).i32x4(NOISE_SECOND).op("i32x4.add")));
    // Sum of the eight bytes: pairs of bytes in 16-bit halves, then the two halves.
    const sum = math.let(() => {
      bytePairs(c, first);
      bytePairs(c, second);
      f.op("i32x4.add");
    });
    const total = () => {
      f.get(sum.local).i32x4(0xffff).op("v128.and").get(sum.local).i32(16).op("i32x4.shr_u", "i32x4.add");
      f.op("f32x4.convert_i32x4_s");
    };
    const centred = math.sub(total, math.constant(NOISE_MEAN));
    math.store(c.p, to, math.madd(centred, level, math.load(c.p, from)));
    math.free(first, second, sum);
  });
  math.free(level);
}

function bytePairs(c: EmitContext, word: Expr): void {
  word();
  c.f.i32x4(0x00ff00ff).op("v128.and");
  word();
  c.f.i32(8).op("i32x4.shr_u").i32x4(0x00ff00ff).op("v128.and", "i32x4.add");
}

const LANE_NUMBERS = new Uint8Array(Int32Array.of(0, 1, 2, 3).buffer);

/** `y = floor(x + 0.5)`. */
export function emitRound(c: EmitContext, rows: number, from: number, to: number): void {
  const { math } = c;
  c.forScratch(16, () => {
    for (let r = 0; r < rows; r++) {
      const moved = math.add(math.load(c.p, from + r * ROW), math.constant(0.5));
      math.store(c.p, to + r * ROW, math.apply("f32x4.floor", moved));
    }
  });
}

/** A mask of the lanes that are sites of the row; rows are processed in whole vectors. */
function insideMask(c: EmitContext): Expr {
  return () => {
    c.f.get(c.siteX).i32(2).op("i32.shr_u", "i32x4.splat").v128(LANE_NUMBERS).op("i32x4.add");
    c.bindingWord(4 * BINDING.width);
    c.f.op("i32x4.splat", "i32x4.lt_s");
  };
}

/** Scratch offsets of the gradients that a loss writes; undefined where none is wanted. */
export interface LossGradients {
  readonly first: number | undefined;
  readonly second: number | undefined;
}

/** Adds the nats of the block's symbols to the totals; with `gradients`, writes d(symbol) and d(params). See `LaplaceBitsOp`. */
export function emitLaplace(c: EmitContext, op: LaplaceBitsOp, gradients?: LossGradients): void {
  const { math } = c;
  const params = c.layout.values[op.params];
  const weight = math.let(scalar(c, "natWeight"));
  c.forSites(16, () => {
    const inside = math.let(insideMask(c));
    const mu = math.let(math.load(c.p, params));
    const raw = math.let(math.sub(math.load(c.p, params + ROW), math.constant(LOG_SCALE_OFFSET)));
    const clamped = math.max(math.min(raw, math.constant(LOG_SCALE_MAX)), math.constant(LOG_SCALE_MIN));
    const inverseScale = math.let(math.exp(math.neg(clamped)));
    const e0 = math.let(math.exp(math.neg(inverseScale)));
    const symbol = math.let(math.load(c.p, c.layout.values[op.symbol]));
    const floor = math.let(math.apply("f32x4.floor", symbol));
    const above = math.let(math.mul(math.constant(INTEGER_SHARE), math.sub(symbol, floor)));
    const below = math.let(math.sub(math.constant(INTEGER_SHARE), above));
    const tail = math.let(math.sub(math.constant(1), e0));
    const tailScale = gradients && math.let(math.div(math.mul(e0, inverseScale), tail));
    const natsAt = (value: Expr) => emitNats(c, value, { mu, inverseScale, e0, tail, tailScale });
    const own = natsAt(symbol);
    const low = natsAt(floor);
    const high = natsAt(math.add(floor, math.constant(1)));
    const mix = (field: keyof Nats): Expr => {
      const integers = math.madd(below, low[field]!, math.mul(above, high[field]!));
      return math.madd(math.constant(1 - INTEGER_SHARE), own[field]!, integers);
    };
    addToTotal(c, 0, math.and(inside, mix("nats")));
    if (gradients) {
      const weighted = math.let(math.and(inside, weight));
      const rise = math.mul(math.constant(INTEGER_SHARE), math.sub(high.nats, low.nats));
      const dSymbol = math.madd(math.constant(1 - INTEGER_SHARE), own.dValue!, rise);
      const inRange = math.and(
        math.less(math.constant(LOG_SCALE_MIN), raw),
        math.less(raw, math.constant(LOG_SCALE_MAX)),
      );
      if (gradients.first !== undefined) math.store(c.p, gradients.first, math.mul(weighted, dSymbol));
      if (gradients.second !== undefined) {
        math.store(c.p, gradients.second, math.neg(math.mul(weighted, mix("dValue"))));
        math.store(c.p, gradients.second + ROW, math.mul(weighted, math.and(inRange, mix("dScale"))));
      }
      math.free(weighted);
    }
    if (tailScale) math.free(tailScale);
    for (const { nats, dValue, dScale } of [own, low, high]) {
      math.free(nats);
      if (dValue && dScale) math.free(dValue, dScale);
    }
    math.free(inside, mu, raw, inverseScale, e0, tail, symbol, floor, above, below);
  });
  math.free(weight);
}

/** Nats of values and, where wanted, their derivatives by the value and by the logarithm of the scale. */
interface Nats {
  readonly nats: LocalExpr;
  readonly dValue?: LocalExpr;
  readonly dScale?: LocalExpr;
}

/** The distribution of a site's symbol, with what all its values have in common. */
interface Distribution {
  readonly mu: Expr;
  /** `1/b` */
  readonly inverseScale: Expr;
  /** `e^(-1/b)` */
  readonly e0: Expr;
  /** `1 - e0` */
  readonly tail: Expr;
  /** `d(ln tail) / d(ln b)`, negated; undefined where no derivatives are wanted. */
  readonly tailScale: Expr | undefined;
}

/**
 * Computes `-ln P` of `value`. Formulas in the stable form, `a = |value - mu|`:
 *
 *     a < 1/2:   P = 1 - (e^(-(1/2-a)/b) + e^(-(1/2+a)/b)) / 2
 *     a >= 1/2:  ln P = -(a-1/2)/b + ln((1 - e^(-1/b)) / 2)
 */
function emitNats(c: EmitContext, value: Expr, { mu, inverseScale, e0, tail, tailScale }: Distribution): Nats {
  const { f, math } = c;
  const [one, half] = [math.constant(1), math.constant(0.5)];
  const difference = math.let(math.sub(value, mu));
  const a = math.let(math.abs(difference));
  const centre = math.let(math.less(a, half));
  const edge = math.let(math.mul(math.abs(math.sub(half, a)), inverseScale));
  const e1 = math.let(math.exp(math.neg(edge)));
  // Beyond the far edge: e2 = e^(-(1/2+a)/b).
  const e2 = math.let(math.select(centre, math.div(e0, math.max(e1, math.constant(1e-35))), math.mul(e1, e0)));
  const probability = math.let(math.select(
    centre,
    math.sub(one, math.mul(half, math.add(e1, e2))),
    math.mul(half, tail),
  ));
  const beyond = math.apply("v128.andnot", edge, centre);
  const nats = math.let(math.sub(beyond, math.ln(math.max(probability, math.constant(1e-30)))));
  const release = () => math.free(difference, a, centre, edge, e1, e2, probability);
  if (!tailScale) {
    release();
    return { nats };
  }
  const inverseP = math.let(math.div(one, probability));
  // d(nats)/da, with the sign of the difference: the derivative by the value.
  const centreSlope = math.mul(math.mul(half, math.sub(e1, e2)), math.mul(inverseScale, inverseP));
  const signBit = math.and(difference, () => f.i32x4(-0x80000000));
  const dValue = math.let(math.apply("v128.xor", math.select(centre, centreSlope, inverseScale), signBit));
  // d(nats)/d(ln b).
  const far = math.mul(e2, math.mul(math.add(half, a), inverseScale));
  const centreScale = math.mul(math.mul(half, math.add(math.mul(e1, edge), far)), inverseP);
  const dScale = math.let(math.select(centre, centreScale, math.sub(tailScale, edge)));
  math.free(inverseP);
  release();
  return { nats, dValue, dScale };
}

/** Adds the squared errors of the block to the totals; with `gradients`, writes d(input). See `SquaredErrorOp`. */
export function emitSquaredError(c: EmitContext, op: SquaredErrorOp, gradients?: LossGradients): void {
  const { math } = c;
  const weight = math.let(math.mul(scalar(c, "distortionWeight"), math.constant(2)));
  c.forSites(16, () => {
    const inside = math.let(insideMask(c));
    for (let r = 0; r < widthOf(c.program, op.input); r++) {
      const x = math.let(math.load(c.p, c.layout.values[op.input] + r * ROW));
      const target = math.let(math.load(c.p, c.layout.values[op.target] + r * ROW));
      const top = math.max(math.constant(SAMPLE_MAX), target);
      const clamped = math.let(math.min(math.max(x, math.constant(0)), top));
      const error = math.let(math.sub(clamped, target));
      const outside = math.mul(math.constant(2), math.sub(x, clamped));
      addToTotal(c, 1, math.and(inside, math.mul(error, math.add(error, outside))));
      if (gradients?.first !== undefined) {
        math.store(c.p, gradients.first + r * ROW, math.and(inside, math.mul(weight, error)));
      }
      math.free(x, target, clamped, error);
    }
    math.free(inside);
  });
  math.free(weight);
}

/** Adds a vector to one of the two loss totals (0: nats, 1: squared errors). */
function addToTotal(c: EmitContext, index: number, value: Expr): void {
  c.math.addTo(c.scratch, c.layout.losses + 16 * index, value);
}
