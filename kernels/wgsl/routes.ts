/**
 * The ways a gradient takes from the sites of a program to the planes it was gathered from, without atomic additions.
 *
 * - direct: the plane is read by one tap at the site itself, so the site's own lane adds to it.
 * - transposed: the sites leave rows of derivatives in memory, and in a second kernel every value of the plane collects
 *   its share from all sites that read it. What is left: the derivative of each tap; or, if the taps feed one linear layer
 *   only, the derivative of that layer's rows before the activation, to be multiplied by the weights while collecting. The
 *   latter is often in memory already, as the gradient of the plane that the layer was stored to.
 */

import {
  type GatherOp,
  type LinearOp,
  type Program,
  readersOf,
  type StoreOp,
  type Tap,
  type Value,
} from "../program.ts";

/** A row of derivatives, one per site. */
export type Source =
  /** In scratch memory. */
  | { readonly kind: "scratch"; readonly row: number }
  /** The gradient of what component `component` of a store wrote. */
  | { readonly kind: "stored"; readonly store: StoreOp; readonly component: number };

/** A scratch row: the derivative of component `component` of a gather, or of row `component` of a linear layer. */
export interface ScratchRow {
  readonly value: Value;
  readonly component: number;
}

/** A plane's value at (y, x) collects from the sites whose tap reads it. */
export interface Term {
  readonly slot: number;
  readonly tap: Tap;
  readonly source: Source;
  /** Factor, a parameter; 1 if missing. */
  readonly weight?: { readonly slot: number; readonly index: number };
}

/** Plane slots that one kernel collects for: same size, same shift. */
export interface TransposedGroup {
  readonly slots: readonly number[];
  readonly shift: number;
  readonly terms: readonly Term[];
}

/** All ways of a program. */
export interface Routes {
  readonly direct: ReadonlySet<number>;
  readonly scratch: readonly ScratchRow[];
  readonly groups: readonly TransposedGroup[];
}

/** Plans the ways of a program's gradients; `siteSized` as in `ProgramShape`. */
export function planRoutes(program: Program, siteSized: readonly boolean[]): Routes {
  return new RoutePlanner(program, siteSized).plan();
}

class RoutePlanner {
  readonly #program: Program;
  readonly #direct: ReadonlySet<number>;
  readonly #scratch: ScratchRow[] = [];
  readonly #terms: Term[] = [];

  constructor(program: Program, siteSized: readonly boolean[]) {
    this.#program = program;
    this.#direct = directSlots(program, siteSized);
  }

  plan(): Routes {
    this.#program.ops.forEach((op, value) => {
      if (op.kind === "gather") this.#addGather(op, value);
    });
    return { direct: this.#direct, scratch: this.#scratch, groups: groupTerms(this.#terms) };
  }

  #addGather(op: GatherOp, value: Value): void {
    const components = [...op.taps.keys()].filter((c) => this.#isTransposed(op.taps[c]));
    if (components.length === 0) return;
    const layer = onlyLayer(this.#program, value);
    const store = layer && onlyStore(this.#program, layer);
    if (layer && (store || layer.op.rows <= components.length)) this.#addLayer(layer, { op, components, store });
    else for (const component of components) this.#addTap(op.taps[component], { value, component });
  }

  #addTap(tap: Tap, row: ScratchRow): void {
    this.#terms.push({ slot: tap.plane, tap, source: this.#scratchRow(row) });
  }

  #addLayer(layer: Layer, { op, components, store }: LayerInput): void {
    const cols = op.taps.length;
    for (let row = 0; row < layer.op.rows; row++) {
      const source: Source = store
        ? { kind: "stored", store, component: row }
        : this.#scratchRow({ value: layer.value, component: row });
      for (const c of components) {
        const index = layer.op.map[row * cols + c];
        if (index < 0) continue;
        const tap = op.taps[c];
        this.#terms.push({ slot: tap.plane, tap, source, weight: { slot: layer.op.weights, index } });
      }
    }
  }

  #scratchRow(row: ScratchRow): Source {
    return { kind: "scratch", row: this.#scratch.push(row) - 1 };
  }

  #isTransposed({ plane }: Tap): boolean {
    return plane >= 0 && this.#program.planes[plane].gradient && !this.#direct.has(plane);
  }
}

interface Layer {
  readonly op: LinearOp;
  readonly value: Value;
}

interface LayerInput {
  readonly op: GatherOp;
  /** Those of the gather's components whose gradient is collected. */
  readonly components: readonly number[];
  readonly store: StoreOp | undefined;
}

function directSlots(program: Program, siteSized: readonly boolean[]): Set<number> {
  const taps = program.ops.flatMap((op) => op.kind === "gather" ? op.taps : []);
  const isDirect = (slot: number) => {
    const own = taps.filter(({ plane }) => plane === slot);
    return own.length === 1 && own[0].dy === 0 && own[0].dx === 0 && own[0].shift === 0 && siteSized[slot];
  };
  return new Set([...program.planes.keys()].filter((slot) => program.planes[slot].gradient && isDirect(slot)));
}

/** The linear layer that is the only reader of a value, as its input. */
function onlyLayer(program: Program, value: Value): Layer | undefined {
  const [reader, ...others] = readersOf(program, value);
  const op = program.ops[reader];
  return others.length === 0 && op?.kind === "linear" && op.addend !== value ? { op, value: reader } : undefined;
}

/** The store that is the only reader of a layer without activation: the layer's derivative is the plane's gradient. */
function onlyStore(program: Program, { op, value }: Layer): StoreOp | undefined {
  const [reader, ...others] = readersOf(program, value);
  const store = program.ops[reader];
  return !op.relu && others.length === 0 && store?.kind === "store" ? store : undefined;
}

function groupTerms(terms: readonly Term[]): TransposedGroup[] {
  const shifts = [...new Set(terms.map(({ tap }) => tap.shift))];
  return shifts.map((shift) => {
    const own = terms.filter(({ tap }) => tap.shift === shift);
    return { shift, terms: own, slots: [...new Set(own.map(({ slot }) => slot))] };
  });
}
