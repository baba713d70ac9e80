/** Emits reads of planes around a site (gather) and the transposed sums into their gradients (scatter). */

import type { GatherOp, Tap, Value } from "../program.ts";
import { lanes, type Local } from "./assembler.ts";
import { directGathers } from "./direct_gathers.ts";
import type { EmitContext } from "./emit_context.ts";
import { BINDING, GAP, planeField, ROW } from "./program_layout.ts";

/** Pointers to the rows that a program's taps touch, computed once per row of sites. */
export class RowPointers {
  readonly #c: EmitContext;
  readonly #rows = new Map<string, { tap: Tap; values: Local; gradients: Local | undefined }>();

  /** `withGradients`: also keep pointers to the gradient rows. */
  constructor(context: EmitContext, withGradients: boolean) {
    this.#c = context;
    for (const op of context.program.ops) {
      if (op.kind === "gather") op.taps.forEach((tap) => this.#add(tap, withGradients));
    }
  }

  /** Address of the row of a tap, without the tap's dx. */
  values(tap: Tap): Local {
    return this.#rows.get(key(tap))!.values;
  }

  /** Address of the gradient row of a tap whose plane has a gradient. */
  gradients(tap: Tap): Local {
    return this.#rows.get(key(tap))!.gradients!;
  }

  /** Emits the computation of all pointers for the current row. */
  emitRow(): void {
    const { f } = this.#c;
    const row = this.#c.i32();
    for (const { tap, values, gradients } of this.#rows.values()) {
      f.get(this.#c.y).i32(tap.shift).op("i32.shr_s").i32(tap.dy).op("i32.add").set(row);
      const field = (name: "base" | "gradient" | "height" | "rowBytes") =>
        this.#c.bindingWord(planeField(this.#c.program, tap.plane, name));
      if (this.#c.program.planes[tap.plane].border === "replicate") this.#clampRow(row, () => field("height"));
      const address = (name: "base" | "gradient") => {
        field(name);
        f.get(row);
        field("rowBytes");
        f.op("i32.mul", "i32.add");
      };
      const outside = () => {
        f.get(row);
        field("height");
        f.op("i32.ge_u");
      };
      this.#c.bindingWord(4 * BINDING.zeroRow);
      address("base");
      outside();
      f.op("select").set(values);
      if (gradients === undefined) continue;
      f.get(this.#c.trash);
      address("gradient");
      outside();
      f.op("select").set(gradients);
    }
  }

  #add(tap: Tap, withGradients: boolean): void {
    if (tap.plane < 0 || this.#rows.has(key(tap))) return;
    const gradient = withGradients && this.#c.program.planes[tap.plane].gradient;
    this.#rows.set(key(tap), { tap, values: this.#c.i32(), gradients: gradient ? this.#c.i32() : undefined });
  }

  #clampRow(row: Local, height: () => void): void {
    const { f } = this.#c;
    const last = this.#c.i32();
    height();
    f.i32(1).op("i32.sub").set(last);
    f.get(row, last).get(row, last).op("i32.lt_s", "select").set(row);
    f.get(row).i32(0).get(row).i32(0).op("i32.gt_s", "select").set(row);
  }
}

function key(tap: Tap): string {
  return `${tap.plane},${tap.dy},${tap.shift}`;
}

/** Copies the taps' values of a block into the value's scratch rows, or makes ready to read them in the planes. */
export function emitGather(c: EmitContext, op: GatherOp, value: Value, rows: RowPointers): void {
  if (directGathers(c.program).has(value)) emitReader(c, op, value, rows);
  else emitCopies(c, op, c.layout.values[value], rows);
}

/** Columns that a tap may be away from its site. */
const REACH = GAP / 4;

function checkReach(dx: number): void {
  if (Math.abs(dx) > REACH) throw new RangeError(`Cannot compile: a tap is ${dx} columns away, the most is ${REACH}`);
}

/** Addresses for reads in place: what to add to `p` for the row of a tap, less `REACH` columns. */
function emitReader(c: EmitContext, { taps }: GatherOp, value: Value, rows: RowPointers): void {
  const { f } = c;
  const bases = new Map<Local, Local>();
  for (const row of new Set(taps.map((tap) => rows.values(tap)))) {
    const base = c.i32();
    f.get(row, c.blockX).op("i32.add").get(c.scratch).op("i32.sub").i32(4 * REACH).op("i32.sub").set(base);
    bases.set(row, base);
  }
  c.readers.set(value, (component, byteOffset) => {
    const tap = taps[component];
    checkReach(tap.dx);
    const base = bases.get(rows.values(tap))!;
    return () => f.get(base, c.p).op("i32.add").mem("v128.load", 4 * (REACH + tap.dx) + byteOffset);
  });
}

function emitCopies(c: EmitContext, op: GatherOp, offset: number, rows: RowPointers): void {
  const { f } = c;
  const value = f.local("v128");
  c.forSites(32, () => {
    op.taps.forEach((tap, k) => {
      const out = offset + k * ROW;
      if (tap.plane < 0) {
        storePair(c, out, () => f.f32x4(0), () => f.f32x4(0));
      } else if (tap.shift === 0) {
        const at = () => f.get(rows.values(tap), c.siteX).op("i32.add");
        copyVector(c, at, 4 * tap.dx, out);
        copyVector(c, at, 4 * tap.dx + 16, out + 16);
      } else {
        loadCoarse(c, tap, rows.values(tap));
        f.set(value);
        const [low, high] = COPIES[Math.min(tap.shift, 3)];
        storePair(
          c,
          out,
          () => f.get(value, value).shuffle(low),
          () => f.get(value, value).shuffle(high),
        );
      }
    });
  });
}

function copyVector(c: EmitContext, pushRow: () => void, byteOffset: number, out: number): void {
  c.f.get(c.p);
  pushRow();
  if (byteOffset < 0) c.f.i32(byteOffset).op("i32.add").mem("v128.load");
  else c.f.mem("v128.load", byteOffset);
  c.f.mem("v128.store", out);
}

function storePair(c: EmitContext, out: number, low: () => void, high: () => void): void {
  c.f.get(c.p);
  low();
  c.f.mem("v128.store", out).get(c.p);
  high();
  c.f.mem("v128.store", out + 16);
}

/** Pushes the address of the coarse value of the current 8 sites. */
function coarseAddress(c: EmitContext, tap: Tap, row: Local): void {
  c.f.get(row, c.siteX).i32(tap.shift + 2).op("i32.shr_s").i32(2).op("i32.shl", "i32.add");
}

/** Pushes a vector with the 8 >> shift coarse values of the current 8 sites in its first lanes. */
function loadCoarse(c: EmitContext, tap: Tap, row: Local): void {
  coarseAddress(c, tap, row);
  c.f.mem(tap.shift === 1 ? "v128.load" : tap.shift === 2 ? "v128.load64_zero" : "v128.load32_zero");
}

/** Shuffles that give sites 0..3 and 4..7 their coarse value, by shift (3 stands for 3 and more). */
const COPIES: readonly (readonly [number[], number[]])[] = [
  [[], []],
  [lanes(0, 0, 1, 1), lanes(2, 2, 3, 3)],
  [lanes(0, 0, 0, 0), lanes(1, 1, 1, 1)],
  [lanes(0, 0, 0, 0), lanes(0, 0, 0, 0)],
];

/**
 * Adds the scratch rows at `offset` to the gradients of the taps' planes; `stores` names slots whose gradient is written
 * instead of added to.
 */
export function emitScatter(
  c: EmitContext,
  op: GatherOp,
  rows: RowPointers,
  offset: number,
  stores: ReadonlySet<number>,
): void {
  const fine = new Map<Local, FineTap[]>();
  op.taps.forEach((tap, k) => {
    if (tap.plane < 0 || !c.program.planes[tap.plane].gradient) return;
    const row = rows.gradients(tap);
    const from = offset + k * ROW;
    if (tap.shift > 0) c.forSites(32, () => addCoarse(c, tap, row, from));
    else if (stores.has(tap.plane)) emitMove(c, tap, row, from);
    else fine.set(row, [...(fine.get(row) ?? []), { from, dx: tap.dx }]);
  });
  for (const [row, taps] of fine) emitAddFine(c, row, taps);
}

/** Writes the block's gradients where nothing was before. */
function emitMove(c: EmitContext, tap: Tap, row: Local, from: number): void {
  const { f } = c;
  const address = c.i32();
  c.forSites(32, () => {
    f.get(row, c.siteX).op("i32.add").i32(4 * tap.dx).op("i32.add").set(address);
    for (const half of [0, 16]) f.get(address, c.p).mem("v128.load", from + half).mem("v128.store", half);
  });
}

/** A tap at the sites' own resolution, with the scratch offset of its gradients. */
interface FineTap {
  readonly from: number;
  readonly dx: number;
}

/**
 * Adds the gradients of all taps on one row of a plane in one pass: column x gets those of site x - dx. Sites beside the
 * block are read as zero from the gaps beside its scratch rows.
 */
function emitAddFine(c: EmitContext, row: Local, taps: readonly FineTap[]): void {
  const { f } = c;
  for (const { dx } of taps) checkReach(dx);
  const [left, right] = [taps.filter(({ dx }) => dx < 0), taps.filter(({ dx }) => dx > 0)];
  for (const { from } of [...left, ...right]) {
    f.get(c.scratch).f32x4(0).mem("v128.store", from - GAP);
    f.get(c.pEnd).f32x4(0).mem("v128.store", from);
  }
  const address = c.i32();
  const add = (byteOffset: number, contributions: readonly FineTap[]) => {
    const terms = contributions.map(({ from, dx }) => c.math.load(c.p, from - 4 * dx + byteOffset));
    const sum = [c.math.load(address, byteOffset), ...terms].reduce((a, b) => c.math.add(a, b));
    c.math.store(address, byteOffset, sum);
  };
  const setAddress = () => f.get(row, c.siteX).op("i32.add").set(address);
  c.forSites(32, () => {
    setAddress();
    for (const half of [0, 16]) add(half, taps);
  });
  const addBeside = (site: () => void, contributions: readonly FineTap[]) => {
    if (contributions.length === 0) return;
    site();
    f.set(c.p);
    c.setSiteX();
    setAddress();
    add(0, contributions);
  };
  addBeside(() => f.get(c.scratch).i32(GAP).op("i32.sub"), left);
  addBeside(() => f.get(c.pEnd), right);
}

/** Adds the gradients of the current 8 sites to those of their coarse sites. */
function addCoarse(c: EmitContext, tap: Tap, row: Local, from: number): void {
  const { f } = c;
  const address = c.siteX;
  const low = c.math.let(c.math.load(c.p, from));
  const high = c.math.let(c.math.load(c.p, from + 16));
  coarseAddress(c, tap, row);
  f.set(address);
  const pairs = () => {
    f.get(low.local, high.local).shuffle(lanes(0, 2, 4, 6)).get(low.local, high.local).shuffle(lanes(1, 3, 5, 7));
    f.op("f32x4.add");
  };
  if (tap.shift === 1) {
    f.get(address);
    pairs();
    f.get(address).mem("v128.load").op("f32x4.add").mem("v128.store");
  } else {
    pairs();
    f.set(low.local); // Sums of sites 01, 23, 45, 67.
    f.get(low.local, low.local).shuffle(lanes(0, 2, 0, 2)).get(low.local, low.local).shuffle(lanes(1, 3, 1, 3));
    f.op("f32x4.add").set(low.local); // Sums of sites 0123 and 4567.
    const lane = (i: number) => f.get(low.local).lane("f32x4.extract_lane", i);
    const addScalar = (byteOffset: number, push: () => void) => {
      f.get(address).get(address).mem("f32.load", byteOffset);
      push();
      f.op("f32.add").mem("f32.store", byteOffset);
    };
    if (tap.shift === 2) {
      addScalar(0, () => lane(0));
      addScalar(4, () => lane(1));
    } else {
      addScalar(0, () => {
        lane(0);
        lane(1);
        f.op("f32.add");
      });
    }
  }
  c.math.free(low, high);
}
