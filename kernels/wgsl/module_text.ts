/** The WGSL module of a pipeline: declarations, the functions of its kernels, and the entry point that picks one. */

import { type Kernel, KIND_SHIFT, LANES } from "./kernel.ts";
import { libraryFor } from "./library.ts";
import { CONTROL_STRUCTS } from "./settings.ts";

/** A buffer that a pipeline binds; the number of its binding is its place in the list. */
export type Binding =
  | { readonly kind: "table" | "parameters" | "control" | "partials" }
  | { readonly kind: "heap"; readonly segment: number };

/** How a binding is used. */
export const BUFFER_TYPES: Readonly<Record<Binding["kind"], GPUBufferBindingType>> = {
  table: "uniform",
  parameters: "uniform",
  control: "read-only-storage",
  partials: "storage",
  heap: "storage",
};

/** Sizes that are part of a module's text. */
export interface ModuleSizes {
  /** Vectors of four words of the table. */
  readonly tableVectors: number;
  /** Vectors of four words of one entry. */
  readonly entryVectors: number;
  /** Vectors of four parameters. */
  readonly parameterVectors: number;
}

/** Text and bindings of a module. */
export interface ModuleText {
  readonly code: string;
  readonly bindings: readonly Binding[];
}

/** Puts kernels into one module. */
export function moduleText(kernels: readonly Kernel[], sizes: ModuleSizes): ModuleText {
  const bindings = bindingsOf(kernels);
  const functions = kernels.map((kernel, i) =>
    `// ${kernel.label}\nfn kernel${i}(entry: u32, group: u32, lane: u32) {\n  ${kernel.body}\n}`
  ).join("\n");
  const stage = Math.max(...kernels.map((kernel) => kernel.stage));
  const code = [
    ...bindings.map((binding, i) => `@group(0) @binding(${i}) ${declaration(binding, sizes)}`),
    bindings.some(({ kind }) => kind === "control") ? CONTROL_STRUCTS : "",
    stage > 0 ? `var<workgroup> stage: array<vec4<f32>, ${stage}>;` : "",
    libraryFor(functions),
    functions,
    entryPoint(kernels.length, sizes),
  ].join("\n");
  return { code, bindings };
}

function bindingsOf(kernels: readonly Kernel[]): Binding[] {
  const segments = new Set(kernels.flatMap((kernel) => kernel.segments));
  const bindings: Binding[] = [{ kind: "table" }];
  if (kernels.some((kernel) => kernel.usesParameters)) bindings.push({ kind: "parameters" });
  if (kernels.some((kernel) => kernel.usesControl)) bindings.push({ kind: "control" });
  if (kernels.some((kernel) => kernel.columns.length > 0)) bindings.push({ kind: "partials" });
  for (const segment of [...segments].sort((a, b) => a - b)) bindings.push({ kind: "heap", segment });
  return bindings;
}

function declaration(binding: Binding, { tableVectors, parameterVectors }: ModuleSizes): string {
  switch (binding.kind) {
    case "table":
      return `var<uniform> table: array<vec4<u32>, ${tableVectors}>;`;
    case "parameters":
      return `var<uniform> parameters: array<vec4<f32>, ${parameterVectors}>;`;
    case "control":
      return "var<storage, read> control: Control;";
    case "partials":
      return "var<storage, read_write> partials: array<f32>;";
    case "heap":
      return `var<storage, read_write> heap${binding.segment}: array<f32>;`;
  }
}

/** A workgroup's entry is the last one that begins at or before it; the kinds of kernels are told apart once. */
function entryPoint(kernels: number, { tableVectors, entryVectors }: ModuleSizes): string {
  const call = (kind: number) => `kernel${kind}(entry, workgroup.x - table[entry].x, lane);`;
  const cases = Array.from({ length: kernels - 1 }, (_, kind) => `    case ${kind}u: { ${call(kind)} }`);
  const choice = kernels === 1
    ? [`  ${call(0)}`]
    : [`  switch (table[entry].y >> ${KIND_SHIFT}u) {`, ...cases, `    default: { ${call(kernels - 1)} }`, "  }"];
  return [
    `@compute @workgroup_size(${LANES})`,
    "fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {",
    "  var entry = 0u;",
    `  while (entry + ${entryVectors}u < ${tableVectors}u && workgroup.x >= table[entry + ${entryVectors}u].x) {`,
    `    entry += ${entryVectors}u;`,
    "  }",
    ...choice,
    "}",
    "",
  ].join("\n");
}
