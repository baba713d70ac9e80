/** Emits the functions of one program: forward, and backward (recompute forward, then the operations in reverse). */

import { isLoss, needsGradient, type Op, operandsOf, type Program, type Value, widthOf } from "../program.ts";
import { i32Parameters, type ModuleBuilder } from "./assembler.ts";
import { EmitContext, FUNCTION_PARAMETERS } from "./emit_context.ts";
import { emitGather } from "./emit_gather.ts";
import { emitLinearForward, emitLinearInputGradient, emitParameterGradients } from "./emit_linear.ts";
import {
  emitLaplace,
  emitNoise,
  emitRound,
  emitSoftround,
  emitSoftroundGradient,
  emitSquaredError,
} from "./emit_pointwise.ts";
import { emitScatter } from "./emit_scatter.ts";
import {
  emitConsume,
  emitFillColumns,
  emitFoldColumns,
  emitStore,
  emitStoreGradient,
  pushLaneSum,
  StoreRows,
} from "./emit_store.ts";
import { checkProgram, ROW, scratchLayout } from "./program_layout.ts";
import { RowPointers } from "./row_pointers.ts";

/** How to emit a program. */
export interface EmitOptions {
  /** Name of the exported function. */
  readonly name: string;
  /** The engine has relaxed SIMD. */
  readonly fma: boolean;
  /** Slots whose gradient is written, not added to: nothing was added to it before, and every site has one tap on it. */
  readonly stores: ReadonlySet<number>;
}

/** Adds the forward function: writes planes, or adds up the losses into `partial`. */
export function emitForward(module: ModuleBuilder, program: Program, options: EmitOptions): void {
  emitFunction(module, program, { ...options, sums: isLoss(program) }, (c) => {
    const rows = new RowPointers(c, false);
    const stores = new StoreRows(c, "base");
    c.forRows(() => {
      rows.emitRow();
      stores.emitRow();
      c.forBlocks(() => {
        for (const [value, op] of program.ops.entries()) emitForwardOp(c, op, value, rows, stores);
      });
      stores.forEach((row, slot) => emitFillColumns(c, row, slot));
    });
  });
}

/** Adds the backward function: adds to the gradients of its inputs and sums the parameters' into `partial`. */
export function emitBackward(module: ModuleBuilder, program: Program, options: EmitOptions): void {
  emitFunction(module, program, { ...options, sums: true }, (c) => {
    const rows = new RowPointers(c, true);
    const stores = new StoreRows(c, "gradient");
    const recomputed = valuesOfBackward(program);
    c.forRows(() => {
      rows.emitRow();
      stores.emitRow();
      stores.forEach((row, slot) => emitFoldColumns(c, row, slot));
      c.forBlocks(() => {
        for (const value of recomputed) emitForwardOp(c, program.ops[value], value, rows, stores);
        new BlockBackward(c, rows, stores, options.stores).emit();
      });
      stores.forEach((row, slot) => emitConsume(c, row, slot));
    });
  });
}

/** Values that the backward pass reads, and those they are computed from. */
function valuesOfBackward(program: Program): Value[] {
  const read = new Set<Value>();
  for (const [value, op] of program.ops.entries()) {
    if (op.kind === "laplaceBits" || op.kind === "squaredError") operandsOf(op).forEach((operand) => read.add(operand));
    if (op.kind === "linear") read.add(op.input);
    if (op.kind === "softround") read.add(op.input).add(value);
    if (op.kind === "linear" && op.relu) read.add(value);
  }
  for (let value = program.ops.length - 1; value >= 0; value--) {
    if (read.has(value)) operandsOf(program.ops[value]).forEach((operand) => read.add(operand));
  }
  return [...read].sort((a, b) => a - b);
}

function emitFunction(
  module: ModuleBuilder,
  program: Program,
  { name, fma, sums }: EmitOptions & { sums: boolean },
  body: (c: EmitContext) => void,
): void {
  checkProgram(program);
  const layout = scratchLayout(program);
  module.function(name, { parameters: i32Parameters(FUNCTION_PARAMETERS.length) }, (f) => {
    const c = new EmitContext(f, program, layout, fma);
    if (sums) {
      const bytes = 16 * layout.parameterCount + 32;
      f.get(c.scratch).i32(layout.parameterSums).op("i32.add").i32(0).i32(bytes).memoryFill();
    }
    body(c);
    if (sums) emitPartials(c);
  });
}

/** Writes the strip's sums: one float per parameter, then nats and squared errors. */
function emitPartials(c: EmitContext): void {
  const { f, layout } = c;
  const [index, vector] = [c.i32(), f.local("v128")];
  f.i32(0).set(index);
  f.forLess(index, () => f.i32(4 * (layout.parameterCount + 2)), 4, () => {
    f.get(c.scratch).get(index).i32(2).op("i32.shl", "i32.add").mem("v128.load", layout.parameterSums).set(vector);
    f.get(c.partial, index).op("i32.add");
    pushLaneSum(c, vector);
    f.mem("f32.store");
  });
}

function emitForwardOp(c: EmitContext, op: Op, value: Value, rows: RowPointers, stores: StoreRows): void {
  const to = c.layout.values[value];
  const from = "input" in op ? c.layout.values[op.input] : 0;
  switch (op.kind) {
    case "gather":
      return emitGather(c, op, value, rows);
    case "linear":
      return emitLinearForward(c, op, to);
    case "softround":
      return emitSoftround(c, widthOf(c.program, value), from, to);
    case "noise":
      return emitNoise(c, from, to);
    case "round":
      return emitRound(c, widthOf(c.program, value), from, to);
    case "store":
      return emitStore(c, op, stores.rows(op));
    case "laplaceBits":
      return emitLaplace(c, op);
    case "squaredError":
      return emitSquaredError(c, op);
  }
}

/** The reverse walk over the operations of a block. Tracks which gradients have been written. */
class BlockBackward {
  readonly #written = new Set<Value>();
  readonly #needed: boolean[];

  constructor(
    readonly c: EmitContext,
    readonly rows: RowPointers,
    readonly stores: StoreRows,
    readonly direct: ReadonlySet<number>,
  ) {
    this.#needed = needsGradient(c.program);
  }

  emit(): void {
    const { ops } = this.c.program;
    for (let value = ops.length - 1; value >= 0; value--) this.#emitOp(ops[value], value);
  }

  #emitOp(op: Op, value: Value): void {
    const { c } = this;
    switch (op.kind) {
      case "store":
        return emitStoreGradient(c, op, this.stores.rows(op), this.#fresh(op.value));
      case "laplaceBits": {
        const symbol = this.#needed[op.symbol] ? this.#fresh(op.symbol) : undefined;
        return emitLaplace(c, op, { first: symbol, second: this.#fresh(op.params) });
      }
      case "squaredError":
        return emitSquaredError(c, op, { first: this.#fresh(op.input), second: undefined });
    }
    if (!this.#written.has(value) || !this.#needed[value]) return;
    const gradient = c.layout.gradients[value];
    switch (op.kind) {
      case "gather":
        return emitScatter(c, op, this.rows, gradient, this.direct);
      case "softround":
        return emitSoftroundGradient(c, widthOf(c.program, value), {
          from: c.layout.values[op.input],
          to: c.layout.values[value],
          dTo: gradient,
          dFrom: this.#fresh(op.input),
        });
      case "noise":
        return emitCopy(c, 1, gradient, this.#fresh(op.input));
      case "linear": {
        emitParameterGradients(c, op, { output: c.layout.values[value], dOutput: gradient });
        const residual = op.addend === op.input;
        if (op.addend !== undefined && !residual) this.#addTo(op.addend, op.rows, gradient);
        if (!this.#needed[op.input]) return;
        const start = this.#written.has(op.input) ? [c.layout.gradients[op.input]] : [];
        if (residual) start.push(gradient);
        this.#written.add(op.input);
        return emitLinearInputGradient(c, op, gradient, start);
      }
    }
  }

  /** The gradient rows of a value that nothing has written yet. */
  #fresh(value: Value): number {
    if (this.#written.has(value)) {
      throw new RangeError(
        `Cannot compile ${this.c.program.name}: value ${value} has two uses of which one is not linear`,
      );
    }
    this.#written.add(value);
    return this.c.layout.gradients[value];
  }

  #addTo(value: Value, rows: number, gradient: number): void {
    if (!this.#needed[value]) return;
    const to = this.c.layout.gradients[value];
    if (this.#written.has(value)) emitAdd(this.c, rows, gradient, to);
    else emitCopy(this.c, rows, gradient, to);
    this.#written.add(value);
  }
}

function emitCopy(c: EmitContext, rows: number, from: number, to: number): void {
  c.forScratch(16, () => {
    for (let r = 0; r < rows; r++) c.math.store(c.p, to + r * ROW, c.math.load(c.p, from + r * ROW));
  });
}

function emitAdd(c: EmitContext, rows: number, from: number, to: number): void {
  c.forScratch(16, () => {
    for (let r = 0; r < rows; r++) {
      const sum = c.math.add(c.math.load(c.p, from + r * ROW), c.math.load(c.p, to + r * ROW));
      c.math.store(c.p, to + r * ROW, sum);
    }
  });
}
