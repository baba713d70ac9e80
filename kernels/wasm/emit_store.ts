/** Emits writes of values to planes, reads of the planes' gradients, and the care of the columns beside a plane. */

import { type StoreOp, widthOf } from "../program.ts";
import { lanes, type Local } from "./assembler.ts";
import type { EmitContext } from "./emit_context.ts";
import { BINDING, planeField, ROW } from "./program_layout.ts";

/** Columns kept on each side of a plane, in floats: at least the largest dx, and what a whole vector may overshoot. */
export const PAD = 8;

/** One row of a plane that a store touches. */
interface Target {
  readonly slot: number;
  /** 0 or 1 for the two rows of spread "y". */
  readonly part: number;
  readonly row: Local;
}

/** The rows that the program's stores touch, of the planes ("base") or of their gradients. */
export class StoreRows {
  readonly #c: EmitContext;
  readonly #side: "base" | "gradient";
  readonly #targets = new Map<StoreOp, Target[]>();

  constructor(context: EmitContext, side: "base" | "gradient") {
    this.#c = context;
    this.#side = side;
    for (const op of context.program.ops) {
      if (op.kind === "store") this.#targets.set(op, targets(op).map((t) => ({ ...t, row: context.i32() })));
    }
  }

  /** The rows of one store, by component (spread "x": one row). */
  rows(op: StoreOp): Local[] {
    return this.#targets.get(op)!.map((target) => target.row);
  }

  /** Emits the addresses for the current row of sites. A row below the plane is a dummy. */
  emitRow(): void {
    const { f, y, program } = this.#c;
    for (const [op, list] of this.#targets) {
      for (const { slot, part, row } of list) {
        f.get(y);
        if (op.spread === "y") f.i32(1).op("i32.shl").i32(part).op("i32.add");
        f.set(row);
        if (this.#side === "base") f.get(this.#c.trash);
        else this.#c.bindingWord(4 * BINDING.zeroRow);
        this.#field(slot, this.#side);
        f.get(row);
        this.#field(slot, "rowBytes");
        f.op("i32.mul", "i32.add").get(row);
        this.#c.bindingWord(planeField(program, slot, "height"));
        f.op("i32.ge_s", "select").set(row);
      }
    }
  }

  /** Emits `body` for each row, with the plane's slot. */
  forEach(body: (row: Local, slot: number) => void): void {
    for (const list of this.#targets.values()) list.forEach(({ row, slot }) => body(row, slot));
  }

  #field(slot: number, field: "base" | "gradient" | "rowBytes"): void {
    this.#c.bindingWord(planeField(this.#c.program, slot, field));
  }
}

function targets(op: StoreOp): { slot: number; part: number }[] {
  if (op.spread === "none") return op.planes.map((slot) => ({ slot, part: 0 }));
  const parts = op.spread === "y" ? [0, 1] : [0];
  return parts.map((part) => ({ slot: op.planes[0], part }));
}

/** Copies the block's values from scratch to the planes. */
export function emitStore(c: EmitContext, op: StoreOp, rows: Local[]): void {
  const { f } = c;
  const from = c.layout.values[op.value];
  c.forSites(32, () => {
    for (const half of [0, 16]) {
      if (op.spread === "x") {
        interleaved(c, rows[0]);
        f.get(c.p).mem("v128.load", from + half).get(c.p).mem("v128.load", from + ROW + half);
        f.shuffle(lanes(0, 4, 1, 5)).mem("v128.store", 2 * half);
        interleaved(c, rows[0]);
        f.get(c.p).mem("v128.load", from + half).get(c.p).mem("v128.load", from + ROW + half);
        f.shuffle(lanes(2, 6, 3, 7)).mem("v128.store", 2 * half + 16);
      } else {
        rows.forEach((row, k) => {
          f.get(row, c.siteX).op("i32.add").get(c.p).mem("v128.load", from + k * ROW + half);
          f.mem("v128.store", half);
        });
      }
    }
  });
}

/** Pushes the address of the current site's pair in a row of twice the resolution. */
function interleaved(c: EmitContext, row: Local): void {
  c.f.get(row, c.siteX).op("i32.add").get(c.siteX).op("i32.add");
}

/** Copies the block's gradients from the planes to scratch rows at `to`. */
export function emitStoreGradient(c: EmitContext, op: StoreOp, rows: Local[], to: number): void {
  const { f } = c;
  c.forSites(32, () => {
    for (const half of [0, 16]) {
      if (op.spread === "x") {
        for (const [component, order] of [lanes(0, 2, 4, 6), lanes(1, 3, 5, 7)].entries()) {
          f.get(c.p);
          interleaved(c, rows[0]);
          f.mem("v128.load", 2 * half);
          interleaved(c, rows[0]);
          f.mem("v128.load", 2 * half + 16).shuffle(order);
          f.mem("v128.store", to + component * ROW + half);
        }
      } else {
        for (let k = 0; k < widthOf(c.program, op.value); k++) {
          f.get(c.p).get(rows[k], c.siteX).op("i32.add").mem("v128.load", half);
          f.mem("v128.store", to + k * ROW + half);
        }
      }
    }
  });
}

/** After a row is written: repeats its ends into the columns beside it, or zeroes the columns that whole vectors spoiled. */
export function emitFillColumns(c: EmitContext, row: Local, slot: number): void {
  const { f } = c;
  const end = endOfRow(c, row, slot);
  c.bindingWord(planeField(c.program, slot, "replicate"));
  f.if(() => {
    for (const half of [0, 16]) {
      f.get(end).get(end).i32(4).op("i32.sub").mem("v128.load32_splat").mem("v128.store", half);
      f.get(row).i32(4 * PAD).op("i32.sub").get(row).mem("v128.load32_splat").mem("v128.store", half);
    }
  }, () => zeroColumns(c, end));
}

/** Before a gradient row is read: adds what went to repeated columns to the row's ends, and zeroes the columns. */
export function emitFoldColumns(c: EmitContext, row: Local, slot: number): void {
  const { f } = c;
  const end = endOfRow(c, row, slot);
  c.bindingWord(planeField(c.program, slot, "replicate"));
  f.if(() => {
    const start = c.i32();
    f.get(row).i32(4 * PAD).op("i32.sub").set(start);
    addColumns(c, start, row);
    const last = c.i32();
    f.get(end).i32(4).op("i32.sub").set(last);
    addColumns(c, end, last);
    zeroColumns(c, start);
  });
  zeroColumns(c, end);
}

/** After a gradient row is used up: zeroes it where the next iteration adds to it. */
export function emitConsume(c: EmitContext, row: Local, slot: number): void {
  const { f } = c;
  c.bindingWord(planeField(c.program, slot, "consume"));
  f.if(() => {
    f.get(row).i32(0);
    c.bindingWord(planeField(c.program, slot, "width"));
    f.i32(2).op("i32.shl").memoryFill();
  });
}

function endOfRow(c: EmitContext, row: Local, slot: number): Local {
  const end = c.i32();
  c.f.get(row);
  c.bindingWord(planeField(c.program, slot, "width"));
  c.f.i32(2).op("i32.shl", "i32.add").set(end);
  return end;
}

function zeroColumns(c: EmitContext, start: Local): void {
  for (const half of [0, 16]) c.f.get(start).f32x4(0).mem("v128.store", half);
}

/** `float at target += sum of PAD floats at columns`. */
function addColumns(c: EmitContext, columns: Local, target: Local): void {
  const { f } = c;
  const sum = f.local("v128");
  f.get(columns).mem("v128.load").get(columns).mem("v128.load", 16).op("f32x4.add").set(sum);
  f.get(target).get(target).mem("f32.load");
  pushLaneSum(c, sum);
  f.op("f32.add").mem("f32.store");
}

/** Pushes the sum of a vector's lanes. */
export function pushLaneSum(c: EmitContext, vector: Local): void {
  const lane = (i: number) => c.f.get(vector).lane("f32x4.extract_lane", i);
  lane(0);
  lane(1);
  c.f.op("f32.add");
  lane(2);
  lane(3);
  c.f.op("f32.add", "f32.add");
}
