/** The two kernels of a program whose items are its sites: forward, and backward with the sums over sites. */

import type { StoreOp } from "../program.ts";
import { isLoss } from "../program.ts";
import { writeBackward } from "./backward_text.ts";
import { arrayAt, type KernelContext } from "./context.ts";
import { type SiteValues, writeForward } from "./forward_text.ts";
import { type Kernel, KernelWriter, LANES, tileLoop } from "./kernel.ts";
import { SITE, storedPosition } from "./stored_position.ts";

/** Computes and stores planes. */
export function forwardKernel(context: KernelContext): Kernel {
  const { program, parameterOffsets } = context.shape;
  const writer = new KernelWriter(parameterOffsets);
  const values = writeForward(writer, context);
  for (const op of program.ops) if (op.kind === "store") writeStore(writer, context, { op, values });
  return writer.finish(`forward ${program.name}`, () => [
    ...writer.preamble,
    "let sites = width * height;",
    ...tileLoop("sites", ["if (item < sites) {", "  let site = item;", ...coordinates(), ...writer.body, "}"]),
  ]);
}

/**
 * Recomputes the chain and walks it backward: losses, direct gradients, scratch rows, and the sums over sites of the losses
 * and of the parameters' gradients.
 */
export function backwardKernel(context: KernelContext): Kernel {
  const { program, parameterOffsets } = context.shape;
  const writer = new KernelWriter(parameterOffsets);
  writeBackward(writer, context, writeForward(writer, context));
  const losses = isLoss(program);
  if (losses) writeLossSums(writer);
  return writer.finish(`backward ${program.name}`, () => [
    ...writer.preamble,
    "let sites = width * height;",
    ...(losses ? ["var bits = 0.0;", "var squares = 0.0;"] : []),
    ...tileLoop("sites", [
      "let valid = item < sites;",
      "let site = min(item, sites - 1u);",
      ...coordinates(),
      ...writer.body,
    ]),
    ...writer.epilogue,
  ]);
}

function coordinates(): string[] {
  return ["let y = i32(site / width);", "let x = i32(site % width);"];
}

function writeStore(
  writer: KernelWriter,
  context: KernelContext,
  { op, values }: { op: StoreOp; values: SiteValues },
): void {
  values[op.value].forEach((value, component) => {
    const { slot, index, check } = storedPosition(writer, context, { op, component, ...SITE });
    const store = `${arrayAt(writer, context, { kind: "value", slot, index })} = ${value};`;
    writer.body.push(check === undefined ? store : `if (${check}) { ${store} }`);
  });
}

/** Two columns: the bits and the squared errors of all sites of the workgroup. */
function writeLossSums(writer: KernelWriter): void {
  const column = writer.columns.length;
  const target = (k: number) => `partials[${writer.field("partials")} + ${column + k}u * groups + group]`;
  writer.reserveStage(LANES);
  writer.epilogue.push(
    "stage[lane] = vec4<f32>(bits, squares, 0.0, 0.0);",
    "workgroupBarrier();",
    `for (var half = ${LANES / 2}u; half > 0u; half = half >> 1u) {`,
    "  if (lane < half) { stage[lane] += stage[lane + half]; }",
    "  workgroupBarrier();",
    "}",
    `if (lane == 0u) { ${target(0)} = stage[0].x; ${target(1)} = stage[0].y; }`,
    "workgroupBarrier();",
  );
  writer.columns.push({ kind: "bits" }, { kind: "squaredError" });
}
