/**
 * Kernels whose items are the values of planes: each collects its gradient from the sites that read it.
 *
 * At full resolution (shift 0) a value of row `py`, column `px` is read by site `(py - dy, px - dx)` of each tap. With a
 * replicated border a value at the edge stands for all positions outside that are clamped to it: it collects for each of
 * them. A value of a coarser plane (shift s) is read by a square of 2^s sites a side.
 */

import type { Tap } from "../program.ts";
import { addToGradient, arrayAt, type KernelContext, planeSize } from "./context.ts";
import { type Kernel, KernelWriter, LANES, tileLoop } from "./kernel.ts";
import type { Source, Term, TransposedGroup } from "./routes.ts";
import { type StoredPosition, storedPosition } from "./stored_position.ts";

/** From this shift on, a whole workgroup collects for one value: the square has 64 sites or more. */
export const SHARED_SHIFT = 3;

/** The kernel of one group of plane slots. Throws a `RangeError` for a replicated border of a coarser plane. */
export function transposedKernel(context: KernelContext, group: TransposedGroup): Kernel {
  return new TransposedText(context, group).kernel();
}

class TransposedText {
  readonly #context: KernelContext;
  readonly #group: TransposedGroup;
  readonly #writer: KernelWriter;
  readonly #declared = new Set<string>();

  constructor(context: KernelContext, group: TransposedGroup) {
    this.#context = context;
    this.#group = group;
    this.#writer = new KernelWriter(context.shape.parameters);
  }

  kernel(): Kernel {
    const { program } = this.#context.shape;
    const { shift, slots } = this.#group;
    const replicate = slots.some((slot) => program.planes[slot].border === "replicate");
    if (shift > 0 && replicate) {
      throw new RangeError(`Cannot transpose ${program.name}: a coarser plane has a replicated border`);
    }
    const { width, height } = planeSize(this.#writer, this.#context, slots[0]);
    const lines = shift >= SHARED_SHIFT
      ? this.#shared(width, height)
      : this.#separate(width, height, shift > 0 ? this.#square() : this.#taps(replicate, width, height));
    const label = `transposed ${program.name} ${program.planes[slots[0]].name}`;
    return this.#writer.finish(label, [...this.#writer.preamble, ...lines]);
  }

  /** One lane per value. */
  #separate(width: string, height: string, collect: string[]): string[] {
    const { slots } = this.#group;
    return tileLoop(`${width} * ${height}`, [
      `if (item < ${width} * ${height}) {`,
      `  let py = i32(item / ${width});`,
      `  let px = i32(item % ${width});`,
      ...slots.map((slot) => `  var d${slot} = 0.0;`),
      ...collect.map((line) => `  ${line}`),
      ...slots.flatMap((slot) => this.#finish(slot, "item")).map((line) => `  ${line}`),
      "}",
    ]);
  }

  #finish(slot: number, index: string): string[] {
    return addToGradient(this.#writer, this.#context, { slot, index, expression: `d${slot}` });
  }

  /** Collects at shift 0. */
  #taps(replicate: boolean, width: string, height: string): string[] {
    const lines = this.#group.terms.map((term) => this.#addTerm(term, this.#load(term)));
    const body = [...this.#writer.body, ...lines];
    if (!replicate) return ["let by = py;", "let bx = px;", ...body];
    const reach = (offset: (tap: Tap) => number) =>
      this.#group.terms.reduce((max, { tap }) => Math.max(max, Math.abs(offset(tap))), 0);
    const loop = (axis: "y" | "x", size: string, radius: number) =>
      `for (var b${axis} = select(p${axis}, -${radius}, p${axis} == 0); ` +
      `b${axis} <= select(p${axis}, p${axis} + ${radius}, p${axis} == i32(${size}) - 1); b${axis}++) {`;
    return [loop("y", height, reach((tap) => tap.dy)), loop("x", width, reach((tap) => tap.dx)), ...body, "}", "}"];
  }

  #addTerm({ slot, weight }: Term, value: string): string {
    this.#writer.multiplications++;
    const factor = weight ? `${this.#writer.parameter(weight.slot, weight.index)} * ` : "";
    return `d${slot} += ${factor}${value};`;
  }

  /** Loads a source at the site that reads the position (by, bx) through a tap; gives the name of the value. */
  #load({ tap, source }: Term): string {
    const suffix = `${tap.dy}_${tap.dx}`.replaceAll("-", "m");
    const name = `s_${sourceName(source)}_${suffix}`;
    const [y, x] = [this.#coordinate("y", tap.dy), this.#coordinate("x", tap.dx)];
    this.#once(name, () => {
      const { slot, index, check } = this.#position(source, y, x);
      const ok = `ok_${name}`;
      const onSites = `u32(${y}) < height && u32(${x}) < width`;
      this.#writer.body.push(`let ${ok} = ${check === undefined ? onSites : `${onSites} && ${check}`};`);
      const kind = source.kind === "scratch" ? "scratch" : "gradient";
      const load = arrayAt(this.#writer, this.#context, { kind, slot, index: `select(0u, ${index}, ${ok})` });
      return `select(0.0, ${load}, ${ok})`;
    });
    return name;
  }

  #coordinate(axis: "y" | "x", offset: number): string {
    const name = `q${axis}_${offset}`.replaceAll("-", "m");
    this.#once(name, () => `b${axis} - (${offset})`);
    return name;
  }

  #once(name: string, expression: () => string): void {
    if (this.#declared.has(name)) return;
    this.#declared.add(name);
    const text = expression();
    this.#writer.body.push(`let ${name} = ${text};`);
  }

  /** Where a source has its value of the site (y, x): expressions of the array, the index, and what to check. */
  #position(source: Source, y: string, x: string): StoredPosition {
    const site = `u32(${y}) * width + u32(${x})`;
    if (source.kind === "scratch") return { slot: source.row, index: site };
    const { store: op, component } = source;
    return storedPosition(this.#writer, this.#context, { op, component, y, x, site });
  }

  /** Collects from a square of sites, lane by lane. */
  #square(): string[] {
    const sources = this.#sources();
    const side = 1 << this.#group.shift;
    return [
      ...sources.map(({ name }) => `var ${name} = 0.0;`),
      ...this.#squareOrigin(),
      `for (var qy = qy0; qy < min(qy0 + ${side}, i32(height)); qy++) {`,
      `  for (var qx = qx0; qx < min(qx0 + ${side}, i32(width)); qx++) {`,
      ...sources.map(({ name, load }) => `    ${name} += ${load};`),
      "  }",
      "}",
      ...this.#group.terms.map((term) => this.#addTerm(term, `sum_${sourceName(term.source)}`)),
    ];
  }

  #squareOrigin(): string[] {
    const { terms, shift } = this.#group;
    if (terms.some(({ tap }) => tap.dy !== 0 || tap.dx !== 0)) {
      throw new RangeError(
        `Cannot transpose ${this.#context.shape.program.name}: a tap of a coarser plane has an offset`,
      );
    }
    return [`let qy0 = py << ${shift}u;`, `let qx0 = px << ${shift}u;`];
  }

  /** The group's distinct sources, with the load at the site (qy, qx). */
  #sources(): { name: string; load: string }[] {
    const distinct = new Map(this.#group.terms.map(({ source }) => [sourceName(source), source]));
    return [...distinct].map(([name, source]) => {
      const { slot, index, check } = this.#position(source, "qy", "qx");
      const kind = source.kind === "scratch" ? "scratch" : "gradient";
      const safe = check === undefined ? index : `select(0u, ${index}, ${check})`;
      const load = arrayAt(this.#writer, this.#context, { kind, slot, index: safe });
      return { name: `sum_${name}`, load: check === undefined ? load : `select(0.0, ${load}, ${check})` };
    });
  }

  /** Collects from a large square of sites, all lanes together for one value after the other. */
  #shared(width: string, height: string): string[] {
    const sources = this.#sources();
    const { shift, slots, terms } = this.#group;
    this.#writer.reserveStage(LANES * Math.ceil(sources.length / 4));
    const vectors = Array.from({ length: Math.ceil(sources.length / 4) }, (_, k) => k);
    return [
      `for (var item = group; item < ${width} * ${height}; item += groups) {`,
      `  let py = i32(item / ${width});`,
      `  let px = i32(item % ${width});`,
      ...sources.map(({ name }) => `  var ${name} = 0.0;`),
      ...this.#squareOrigin().map((line) => `  ${line}`),
      `  for (var k = lane; k < ${1 << 2 * shift}u; k += ${LANES}u) {`,
      `    let qy = qy0 + i32(k >> ${shift}u);`,
      `    let qx = qx0 + i32(k & ${(1 << shift) - 1}u);`,
      "    if (qy < i32(height) && qx < i32(width)) {",
      ...sources.map(({ name, load }) => `      ${name} += ${load};`),
      "    }",
      "  }",
      ...vectors.map((k) => `  stage[${k * LANES}u + lane] = ${vectorOf(sources.map(({ name }) => name), k)};`),
      "  workgroupBarrier();",
      `  for (var half = ${LANES / 2}u; half > 0u; half = half >> 1u) {`,
      "    if (lane < half) {",
      ...vectors.map((k) => `      stage[${k * LANES}u + lane] += stage[${k * LANES}u + lane + half];`),
      "    }",
      "    workgroupBarrier();",
      "  }",
      "  if (lane == 0u) {",
      ...slots.map((slot) => `    var d${slot} = 0.0;`),
      ...sources.map(({ name }, i) => `    ${name} = stage[${(i >> 2) * LANES}u].${"xyzw"[i & 3]};`),
      ...terms.map((term) => `    ${this.#addTerm(term, `sum_${sourceName(term.source)}`)}`),
      ...slots.flatMap((slot) => this.#finish(slot, "item")).map((line) => `    ${line}`),
      "  }",
      "  workgroupBarrier();",
      "}",
    ];
  }
}

function vectorOf(names: readonly string[], k: number): string {
  return `vec4<f32>(${[0, 1, 2, 3].map((c) => names[4 * k + c] ?? "0.0").join(", ")})`;
}

function sourceName(source: Source): string {
  return source.kind === "scratch" ? `r${source.row}` : `g${source.store.planes.join("_")}c${source.component}`;
}
