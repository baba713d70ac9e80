/** Where the taps of a program find their values: rows of planes, columns beside a site, sites of coarser grids. */

import type { Tap } from "../program.ts";
import type { Local } from "./assembler.ts";
import type { EmitContext } from "./emit_context.ts";
import { BINDING, GAP, planeField } from "./program_layout.ts";

/** Columns that a tap may be away from its site. */
export const REACH = GAP / 4;

/** Throws a RangeError for a tap that is further away. */
export function checkReach(dx: number): void {
  if (Math.abs(dx) > REACH) throw new RangeError(`Cannot compile: a tap is ${dx} columns away, the most is ${REACH}`);
}

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

/** Pushes the address of the coarse value of the current 8 sites. */
export function coarseAddress(c: EmitContext, tap: Tap, row: Local): void {
  c.f.get(row, c.siteX).i32(tap.shift + 2).op("i32.shr_s").i32(2).op("i32.shl", "i32.add");
}
