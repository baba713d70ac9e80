/** WGSL of a program's forward chain at one site: every component of every value is a named scalar. */

import type { LinearOp, NoiseOp, Op, SoftroundOp, Value } from "../program.ts";
import type { KernelContext } from "./context.ts";
import { GatherText, valueName, ZERO } from "./gather_text.ts";
import type { KernelWriter } from "./kernel.ts";

/** Expressions of the components of every value; empty for stores and losses. */
export type SiteValues = readonly (readonly string[])[];

/** Emits all operations but stores and losses. */
export function writeForward(writer: KernelWriter, context: KernelContext): SiteValues {
  const gathers = new GatherText(writer, context);
  const values: string[][] = [];
  context.shape.program.ops.forEach((op, value) => {
    values.push(op.kind === "gather" ? gathers.write(op, value) : writeOp({ writer, values }, op, value));
  });
  return values;
}

interface Writing {
  readonly writer: KernelWriter;
  readonly values: SiteValues;
}

function writeOp(writing: Writing, op: Op, value: Value): string[] {
  switch (op.kind) {
    case "linear":
      return writeLinear(writing, op, value);
    case "softround":
      return writeSoftround(writing, op, value);
    case "noise":
      return writeNoise(writing, op, value);
    case "round":
      return define(writing, value, writing.values[op.input].map((x) => `floor(${x} + 0.5)`));
    default:
      return [];
  }
}

function define({ writer }: Writing, value: Value, expressions: readonly string[]): string[] {
  return expressions.map((expression, component) => {
    const name = valueName(value, component);
    writer.body.push(`let ${name} = ${expression};`);
    return name;
  });
}

function writeLinear(writing: Writing, op: LinearOp, value: Value): string[] {
  const { writer, values } = writing;
  const rows = Array.from({ length: op.rows }, (_, row) => {
    const terms = linearTerms(op, row, values[op.input].length)
      .filter(({ col }) => values[op.input][col] !== ZERO)
      .map(({ index, col }) => `${writer.parameter(op.weights, index)} * ${values[op.input][col]}`);
    writer.multiplications += terms.length;
    if (op.bias !== undefined) terms.unshift(writer.parameter(op.bias, row));
    if (op.addend !== undefined && values[op.addend][row] !== ZERO) terms.push(values[op.addend][row]);
    const sum = sumOf(terms);
    return op.relu ? `max(0.0, ${sum})` : sum;
  });
  return define(writing, value, rows);
}

/** The weights of a row that are parameters, with their columns. */
export function linearTerms({ map }: LinearOp, row: number, cols: number): { index: number; col: number }[] {
  return Array.from({ length: cols }, (_, col) => ({ index: map[row * cols + col], col }))
    .filter(({ index }) => index >= 0);
}

/** `a + b + ...`, 0 if there is nothing to add. */
export function sumOf(terms: readonly string[]): string {
  return terms.length === 0 ? ZERO : terms.join(" + ");
}

function writeSoftround(writing: Writing, op: SoftroundOp, value: Value): string[] {
  const inverse = writing.writer.setting("inverseTemperature");
  const scale = writing.writer.setting("softroundScale");
  return define(writing, value, writing.values[op.input].map((x) => `softround(${x}, ${inverse}, ${scale})`));
}

function writeNoise(writing: Writing, op: NoiseOp, value: Value): string[] {
  const { writer, values } = writing;
  const [level, key] = [writer.setting("noise"), writer.setting("noiseKey")];
  const noise = `gaussian(${writer.field("noiseBase")} + site, ${key})`;
  const share = `bitcast<f32>(${writer.field("noiseShare")})`;
  return define(writing, value, [`${values[op.input][0]} + ${share} * ${level} * ${noise}`]);
}
