/** Emits the transposed sums of a gather: its gradients go to those of the planes that it reads. */

import type { GatherOp, Tap } from "../program.ts";
import { lanes, type Local } from "./assembler.ts";
import type { EmitContext } from "./emit_context.ts";
import { GAP, ROW } from "./program_layout.ts";
import { checkReach, coarseAddress, type RowPointers } from "./row_pointers.ts";

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
