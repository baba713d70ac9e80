/** Emits reads of planes around a site. */

import type { GatherOp, Tap, Value } from "../program.ts";
import { lanes, type Local } from "./assembler.ts";
import { isDirectGather } from "./direct_gathers.ts";
import type { EmitContext } from "./emit_context.ts";
import { ROW } from "./program_layout.ts";
import { checkReach, coarseAddress, REACH, type RowPointers } from "./row_pointers.ts";

/** Copies the taps' values of a block into the value's scratch rows, or makes ready to read them in the planes. */
export function emitGather(c: EmitContext, op: GatherOp, value: Value, rows: RowPointers): void {
  if (isDirectGather(c.program, op, value)) emitReader(c, op, value, rows);
  else emitCopies(c, op, c.layout.values[value], rows);
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
