/** WGSL of a program's backward walk at one site, from the stored planes' gradients and the losses to the gathers. */

import type { GatherOp, LaplaceBitsOp, LinearOp, Op, SquaredErrorOp, StoreOp, Value } from "../program.ts";
import { needsGradient } from "../program.ts";
import { addToGradient, arrayAt, type KernelContext } from "./context.ts";
import { linearTerms, type SiteValues, sumOf } from "./forward_text.ts";
import { valueName, ZERO } from "./gather_text.ts";
import type { KernelWriter } from "./kernel.ts";
import { isSmallLayer, writeSmallLayerSums } from "./lane_sums.ts";
import { writeLayerSums } from "./outer_product.ts";
import { SITE, storedPosition } from "./stored_position.ts";

/** Emits the walk; lanes without a site (`valid` false) contribute 0 everywhere. */
export function writeBackward(writer: KernelWriter, context: KernelContext, values: SiteValues): void {
  new BackwardText(writer, context, values).write();
}

class BackwardText {
  readonly #writer: KernelWriter;
  readonly #context: KernelContext;
  readonly #values: SiteValues;
  /** Whether a value's derivative is of use in this kernel. */
  readonly #wanted: readonly boolean[];
  /** Terms of the derivative of each component of each value, found so far. */
  readonly #terms: string[][][];

  constructor(writer: KernelWriter, context: KernelContext, values: SiteValues) {
    this.#writer = writer;
    this.#context = context;
    this.#values = values;
    this.#terms = values.map((components) => components.map(() => []));
    this.#wanted = wantedValues(context);
  }

  write(): void {
    const { ops } = this.#context.shape.program;
    for (let value = ops.length - 1; value >= 0; value--) this.#op(ops[value], value);
  }

  #op(op: Op, value: Value): void {
    switch (op.kind) {
      case "gather":
        return this.#gather(op, value);
      case "linear":
        return this.#linear(op, value);
      case "softround":
        return this.#softround(op.input, value);
      case "noise":
        return this.#derivative(value).forEach((d, c) => this.#add(op.input, c, d));
      case "round":
        return;
      case "store":
        return this.#store(op);
      case "laplaceBits":
        return this.#laplaceBits(op);
      case "squaredError":
        return this.#squaredError(op);
    }
  }

  /** Adds a term to a derivative, unless nobody wants it. */
  #add(value: Value, component: number, term: string): void {
    if (this.#wanted[value] && term !== ZERO) this.#terms[value][component].push(term);
  }

  /** Emits the complete derivative of a value; gives its names. */
  #derivative(value: Value): string[] {
    return this.#terms[value].map((terms, c) => {
      if (terms.length === 0) return ZERO;
      const name = `d${valueName(value, c)}`;
      this.#writer.body.push(`let ${name} = ${sumOf(terms)};`);
      return name;
    });
  }

  #gather(op: GatherOp, value: Value): void {
    if (!this.#wanted[value]) return;
    const derivative = this.#derivative(value);
    this.#leaveScratch(value, derivative);
    const lines = op.taps.flatMap(({ plane: slot }, c) =>
      this.#context.routes.direct.has(slot)
        ? addToGradient(this.#writer, this.#context, { slot, index: "site", expression: derivative[c] })
        : []
    );
    if (lines.length > 0) this.#ifValid(lines);
  }

  #linear(op: LinearOp, value: Value): void {
    const inputs = this.#values[op.input];
    const deltas = this.#derivative(value).map((d, row) => this.#throughRelu(op, d, valueName(value, row)));
    this.#leaveScratch(value, deltas);
    if (op.addend !== undefined) deltas.forEach((d, row) => this.#add(op.addend!, row, d));
    const used = inputs.map((expression, col) => ({ expression, col })).filter((input) => input.expression !== ZERO);
    this.#writer.multiplications += deltas.length * used.length;
    const sums = { op, value, deltas, inputs: used, cols: inputs.length };
    if (isSmallLayer(sums)) writeSmallLayerSums(this.#writer, sums);
    else writeLayerSums(this.#writer, sums);
    if (!this.#wanted[op.input]) return;
    deltas.forEach((delta, row) => {
      for (const { index, col } of linearTerms(op, row, inputs.length)) {
        if (inputs[col] === ZERO || !this.#isWantedComponent(op.input, col)) continue;
        this.#writer.multiplications++;
        this.#add(op.input, col, `${this.#writer.parameter(op.weights, index)} * ${delta}`);
      }
    });
  }

  #throughRelu(op: LinearOp, derivative: string, value: string): string {
    if (!op.relu || derivative === ZERO) return derivative;
    const name = `${derivative}_relu`;
    this.#writer.body.push(`let ${name} = select(0.0, ${derivative}, ${value} > 0.0);`);
    return name;
  }

  /** Components of a gather whose gradient another kernel collects from elsewhere need no derivative here. */
  #isWantedComponent(value: Value, component: number): boolean {
    const { shape: { program }, routes } = this.#context;
    const op = program.ops[value];
    if (op.kind !== "gather") return true;
    return routes.direct.has(op.taps[component].plane) ||
      routes.scratch.some((row) => row.value === value && row.component === component);
  }

  #softround(input: Value, value: Value): void {
    const inverse = this.#writer.setting("inverseTemperature");
    const scale = this.#writer.setting("softroundScale");
    this.#derivative(value).forEach((d, c) => {
      this.#add(input, c, `softroundDerivative(${this.#values[input][c]}, ${inverse}, ${scale}) * ${d}`);
    });
  }

  #store(op: StoreOp): void {
    if (!this.#wanted[op.value]) return;
    this.#values[op.value].forEach((_, component) => {
      const { slot, index, check } = storedPosition(this.#writer, this.#context, { op, component, ...SITE });
      const load = arrayAt(this.#writer, this.#context, { kind: "gradient", slot, index: `select(0u, ${index}, ok)` });
      const name = `stored${slot}_${component}`;
      const ok = check === undefined ? "valid" : `valid && ${check}`;
      this.#writer.body.push(
        `var ${name} = 0.0;`,
        `{ let ok = ${ok}; ${name} = select(0.0, ${load}, ok); }`,
      );
      this.#add(op.value, component, name);
    });
  }

  #laplaceBits(op: LaplaceBitsOp): void {
    const [mu, logScale] = this.#values[op.params];
    const weight = this.#writer.setting("rateWeight");
    this.#writer.body.push(
      `let counted = symbolBits(${this.#values[op.symbol][0]}, ${mu}, ${logScale});`,
      `let rate = select(0.0, ${weight}, valid);`,
      `bits += select(0.0, counted.bits, valid);`,
    );
    this.#add(op.symbol, 0, "rate * counted.dSymbol");
    this.#add(op.params, 0, "rate * counted.dMu");
    this.#add(op.params, 1, "rate * counted.dLogScale");
  }

  #squaredError(op: SquaredErrorOp): void {
    const weight = this.#writer.setting("distortionWeight");
    this.#writer.body.push(`let distortion = select(0.0, ${weight}, valid);`);
    this.#values[op.input].forEach((input, c) => {
      this.#writer.body.push(
        `let error${c} = squaredError(${input}, ${this.#values[op.target][c]});`,
        `squares += select(0.0, error${c}.x, valid);`,
      );
      this.#add(op.input, c, `distortion * error${c}.y`);
    });
  }

  /** Writes the rows of this value that another kernel collects. */
  #leaveScratch(value: Value, derivative: readonly string[]): void {
    const lines: string[] = [];
    this.#context.routes.scratch.forEach((row, slot) => {
      if (row.value !== value) return;
      const target = arrayAt(this.#writer, this.#context, { kind: "scratch", slot, index: "site" });
      lines.push(`${target} = ${derivative[row.component]};`);
    });
    if (lines.length > 0) this.#ifValid(lines);
  }

  #ifValid(lines: readonly string[]): void {
    this.#writer.body.push("if (valid) {", ...lines.map((line) => `  ${line}`), "}");
  }
}

/** Values whose derivative this kernel needs: for a weight, a direct plane or a scratch row. */
function wantedValues({ shape: { program }, routes }: KernelContext): boolean[] {
  const marks = needsGradient(program);
  return program.ops.map((op, value) => {
    if (op.kind !== "gather") return marks[value];
    return op.taps.some(({ plane }) => routes.direct.has(plane)) || routes.scratch.some((row) => row.value === value);
  });
}
