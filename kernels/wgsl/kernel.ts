/**
 * A kernel: one WGSL function that works through a list of items (sites of a call, or values of a plane), 64 at a time.
 *
 * All numbers of a graph lie in a heap of a few large buffers. A kernel finds its arrays through an entry of a table in
 * uniform memory, one entry per call, so that one dispatch can work on many calls and many kernels:
 *
 *     entry: | first workgroup | workgroups and kind of kernel | width | height | field 0 | field 1 | ...
 */

/** Lanes of a workgroup, of every kernel. Two warps of 32 or one wave of 64; each lane owns one item of a tile. */
export const LANES = 64;

/** A number that differs from call to call and is read from the table. Offsets count floats of the heap. */
export type Field =
  | { readonly kind: "value" | "gradient" | "width" | "height"; readonly slot: number }
  /** 1: add to the gradient in memory; 0: be the first to write it. */
  | { readonly kind: "add"; readonly slot: number }
  | { readonly kind: "scratch"; readonly slot: number }
  /** First noise counter; a float's bits; first float of the call's sums in the buffer of partial sums; see `ParameterPlaces`. */
  | { readonly kind: "noiseBase" | "noiseShare" | "partials" | "parameterShift"; readonly slot: 0 };

/** Settings of the step at hand, see `settings.ts`. */
export type Setting =
  | "inverseTemperature"
  | "softroundScale"
  | "noise"
  | "rateWeight"
  | "distortionWeight"
  | "noiseKey";

/** What one column of a kernel's sums adds up: a parameter (slot and index in it) or a loss. */
export type Column =
  | { readonly kind: "parameter"; readonly slot: number; readonly index: number }
  | { readonly kind: "bits" | "squaredError" }
  /** A weight that is no parameter (a constant 0). */
  | { readonly kind: "unused" };

/** One WGSL function with all that is needed to run it. */
export interface Kernel {
  /** What it does and for which program, for labels and profiles. */
  readonly label: string;
  /** Kernels with the same key are the same. */
  readonly key: string;
  /** Statements of the function's body, which sees `entry`, `group` and `lane`. */
  readonly body: string;
  readonly fields: readonly Field[];
  /** Heap buffers it touches. */
  readonly segments: readonly number[];
  /** Workgroup memory, in `vec4<f32>`. */
  readonly stage: number;
  /** Sums over items: each workgroup leaves one partial sum per column, `partials[column][workgroup]`. */
  readonly columns: readonly Column[];
  readonly usesParameters: boolean;
  readonly usesControl: boolean;
  /** A kernel of this many multiplications has a dispatch of its own; lighter ones share one. */
  readonly multiplications: number;
}

/** Where the calls that share a kernel have their parameters. */
export interface ParameterPlaces {
  /** By parameter slot: its offset, to which the call's shift is added. */
  readonly offsets: readonly number[];
  /** Whether calls differ by a shift of whole vectors of four; if not, the offsets are constants of the text. */
  readonly shifted: boolean;
}

/** Collects the text of one kernel and what the text needs. */
export class KernelWriter {
  /** Statements before the loop over tiles, inside it, and after it. */
  readonly preamble: string[] = [];
  readonly body: string[] = [];
  readonly epilogue: string[] = [];
  readonly columns: Column[] = [];
  multiplications = 0;
  #stage = 0;
  readonly #fields: Field[] = [];
  readonly #segments = new Set<number>();
  readonly #parameters: ParameterPlaces;
  readonly #declared = new Set<string>();
  #usesParameters = false;
  #usesControl = false;

  constructor(parameters: ParameterPlaces) {
    this.#parameters = parameters;
  }

  /** Name of a table field, an unsigned integer. */
  field(kind: Field["kind"], slot = 0): string {
    const name = `${kind}${slot}`;
    if (!this.#fields.some((field) => field.kind === kind && field.slot === slot)) {
      this.#fields.push({ kind, slot } as Field);
    }
    return name;
  }

  /** Name of a setting of the step. */
  setting(name: Setting): string {
    this.#usesControl = true;
    this.declare(name, `control.settings[control.step].${name}`);
    return name;
  }

  /** Expression of a parameter. */
  parameter(slot: number, index: number): string {
    this.#usesParameters = true;
    const offset = this.#parameters.offsets[slot] + index;
    const vector = `${offset >> 2}u`;
    const place = this.#parameters.shifted ? `${this.field("parameterShift")} + ${vector}` : vector;
    return `parameters[${place}].${"xyzw"[offset & 3]}`;
  }

  /** Expression of a float of the heap. */
  heap(segment: number, index: string): string {
    this.#segments.add(segment);
    return `heap${segment}[${index}]`;
  }

  /** Emits `let name = expression;` before the loop, once. */
  declare(name: string, expression: string): void {
    if (this.#declared.has(name)) return;
    this.#declared.add(name);
    this.preamble.push(`let ${name} = ${expression};`);
  }

  /** Asks for workgroup memory, in `vec4<f32>`. */
  reserveStage(vectors: number): void {
    this.#stage = Math.max(this.#stage, vectors);
  }

  /** The finished kernel with the given statements, in which its sections have their place. */
  finish(label: string, lines: readonly string[]): Kernel {
    const fields = this.#fields.map(({ kind, slot }, i) => `let ${kind}${slot} = ${fieldWord(i)};`);
    const body = [...HEADER, ...fields, ...lines].join("\n  ");
    const segments = [...this.#segments].sort((a, b) => a - b);
    return {
      label,
      key: `${label}\n${body}`,
      body,
      fields: this.#fields,
      segments,
      stage: this.#stage,
      columns: this.columns,
      usesParameters: this.#usesParameters,
      usesControl: this.#usesControl,
      multiplications: this.multiplications,
    };
  }
}

/** Words of an entry before its fields. */
export const HEADER_WORDS = 4;

/** The kind of an entry's kernel, its number in the pipeline, lies above the number of workgroups. */
export const KIND_SHIFT = 16;

const HEADER = [
  `let groups = table[entry].y & ${(1 << KIND_SHIFT) - 1}u;`,
  "let width = table[entry].z;",
  "let height = table[entry].w;",
];

function fieldWord(index: number): string {
  const word = HEADER_WORDS + index;
  return `table[entry + ${word >> 2}u].${"xyzw"[word & 3]}`;
}

/** Loop of a workgroup over its tiles of 64 items; `body` sees `item`, which may be past the end. */
export function tileLoop(items: string, body: readonly string[]): string[] {
  return [
    `for (var tile = group; tile * ${LANES}u < ${items}; tile += groups) {`,
    `  let item = tile * ${LANES}u + lane;`,
    ...body.map((line) => `  ${line}`),
    "}",
  ];
}
