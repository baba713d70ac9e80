/** Emits a linear layer over a block of sites: forward, gradient of its input, gradients of its parameters. */

import { type LinearOp, widthOf } from "../program.ts";
import type { Local } from "./assembler.ts";
import type { EmitContext } from "./emit_context.ts";
import { emitProduct } from "./emit_product.ts";
import { emitDenseGradients, emitSharedGradients, type OutputRows } from "./emit_weight_sums.ts";
import { parameterField, ROW } from "./program_layout.ts";

/** Emits `to = relu(W input + bias + addend)`. */
export function emitLinearForward(c: EmitContext, op: LinearOp, to: number): void {
  const inputs = widthOf(c.program, op.input);
  emitProduct(c, {
    outputs: op.rows,
    inputs,
    input: (input, byteOffset) => c.read(op.input, input, byteOffset),
    to,
    weights: loadParameterAddress(c, op.weights),
    weightOffset: (output, input) => mapped(op, output * inputs + input),
    outputStride: isDense(op) ? 4 * inputs : undefined,
    rows: op.addend === undefined ? [] : [c.layout.values[op.addend]],
    bias: op.bias === undefined ? undefined : loadParameterAddress(c, op.bias),
    relu: op.relu,
  });
}

/**
 * Emits the gradient of the input: `dInput = start + W^T dOutput`.
 *
 * @param startRows Scratch offsets of rows that the sum starts from (an earlier gradient, or dOutput for a residual layer).
 */
export function emitLinearInputGradient(c: EmitContext, op: LinearOp, dOutput: number, startRows: number[]): void {
  const inputs = widthOf(c.program, op.input);
  emitProduct(c, {
    outputs: inputs,
    inputs: op.rows,
    input: (row, byteOffset) => c.math.load(c.p, dOutput + row * ROW + byteOffset),
    to: c.layout.gradients[op.input],
    weights: loadParameterAddress(c, op.weights),
    weightOffset: (output, input) => mapped(op, input * inputs + output),
    outputStride: isDense(op) ? 4 : undefined,
    rows: startRows,
    bias: undefined,
    relu: false,
  });
}

/** Emits the sums over the block's sites for weights and bias, see `emitDenseGradients`. */
export function emitParameterGradients(c: EmitContext, op: LinearOp, rows: OutputRows): void {
  if (isDense(op)) return emitDenseGradients(c, op, rows);
  if (op.relu || op.bias !== undefined) {
    throw new RangeError(`Cannot compile ${c.program.name}: a layer of shared weights has a bias or a ReLU`);
  }
  emitSharedGradients(c, op, rows.dOutput);
}

/** Byte offset of the weight of an entry of the matrix; null where there is none. */
function mapped(op: LinearOp, entry: number): number | null {
  return op.map[entry] < 0 ? null : 4 * op.map[entry];
}

/** Whether every entry of the matrix has a weight of its own, in order. */
function isDense(op: LinearOp): boolean {
  return op.map.every((weight, entry) => weight === entry);
}

function loadParameterAddress(c: EmitContext, slot: number): Local {
  const address = c.i32();
  c.bindingWord(parameterField(slot));
  c.f.set(address);
  return address;
}
