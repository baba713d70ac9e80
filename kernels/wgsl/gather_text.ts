/** WGSL of a gather: one load per tap, with the plane's border. Coordinates of the site are `y`, `x` and `site`. */

import type { GatherOp, Tap, Value } from "../program.ts";
import { arrayAt, type KernelContext, planeSize } from "./context.ts";
import type { KernelWriter } from "./kernel.ts";

/** Name of a component of an operation's result. */
export function valueName(value: Value, component: number): string {
  return `v${value}_${component}`;
}

/** Expression of a constant 0: terms with it are left out. */
export const ZERO = "0.0";

/** Writes gathers; remembers the coordinates it has emitted. */
export class GatherText {
  readonly #writer: KernelWriter;
  readonly #context: KernelContext;
  readonly #coordinates = new Set<string>();

  constructor(writer: KernelWriter, context: KernelContext) {
    this.#writer = writer;
    this.#context = context;
  }

  /** Emits the loads; gives the names of the values, `ZERO` for taps without a plane. */
  write(op: GatherOp, value: Value): string[] {
    return op.taps.map((tap, component) => {
      if (tap.plane < 0) return ZERO;
      const name = valueName(value, component);
      this.#writer.body.push(`let ${name} = ${this.#load(tap)};`);
      return name;
    });
  }

  #load(tap: Tap): string {
    const { shape } = this.#context;
    const slot = tap.plane;
    const load = (index: string) => arrayAt(this.#writer, this.#context, { kind: "value", slot, index });
    const centred = tap.dy === 0 && tap.dx === 0;
    if (centred && tap.shift === 0 && shape.siteSized[slot]) return load("site");
    const rows = this.#axis("y", tap, !(tap.dy === 0 && shape.inside[slot]));
    const columns = this.#axis("x", tap, !(tap.dx === 0 && shape.inside[slot]));
    const { width } = planeSize(this.#writer, this.#context, slot);
    const index = `u32(${rows.name}) * ${width} + u32(${columns.name})`;
    const checks = [rows.check, columns.check].filter((check) => check !== undefined);
    if (checks.length === 0) return load(index);
    const ok = checks.join(" && ");
    return `select(0.0, ${load(`select(0u, ${index}, ${ok})`)}, ${ok})`;
  }

  /** Emits a tap's coordinate along one axis; `check` names the test that it lies inside, if one is needed. */
  #axis(axis: "y" | "x", tap: Tap, mayLeave: boolean): { name: string; check?: string } {
    const { shape } = this.#context;
    const offset = axis === "y" ? tap.dy : tap.dx;
    const size = planeSize(this.#writer, this.#context, tap.plane)[axis === "y" ? "height" : "width"];
    const raw = `${axis}_${tap.shift}_${offset < 0 ? "m" : "p"}${Math.abs(offset)}`;
    const shifted = tap.shift === 0 ? axis : `(${axis} >> ${tap.shift}u)`;
    this.#once(raw, offset === 0 ? shifted : `${shifted} + ${offset}`);
    if (!mayLeave) return { name: raw };
    if (shape.program.planes[tap.plane].border === "replicate") {
      const clamped = `${raw}_${size}_clamped`;
      this.#once(clamped, `clamp(${raw}, 0, i32(${size}) - 1)`);
      return { name: clamped };
    }
    const check = `${raw}_${size}_inside`;
    this.#once(check, `u32(${raw}) < ${size}`); // A negative coordinate becomes a large unsigned one.
    return { name: raw, check };
  }

  #once(name: string, expression: string): void {
    if (this.#coordinates.has(name)) return;
    this.#coordinates.add(name);
    this.#writer.body.push(`let ${name} = ${expression};`);
  }
}
