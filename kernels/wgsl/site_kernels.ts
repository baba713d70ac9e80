/** The two kernels of a program whose items are its sites: forward, and backward with the sums over sites. */

import type { StoreOp } from "../program.ts";
import { isLoss } from "../program.ts";
import { writeBackward } from "./backward_text.ts";
import { arrayAt, type KernelContext } from "./context.ts";
import { type SiteValues, writeForward } from "./forward_text.ts";
import { type Kernel, KernelWriter, tileLoop } from "./kernel.ts";
import { writeLaneSums } from "./lane_sums.ts";
import { SITE, storedPosition } from "./stored_position.ts";

/** Computes and stores planes. */
export function forwardKernel(context: KernelContext): Kernel {
  const { program, parameters } = context.shape;
  const writer = new KernelWriter(parameters);
  const values = writeForward(writer, context);
  for (const op of program.ops) if (op.kind === "store") writeStore(writer, context, { op, values });
  return writer.finish(`forward ${program.name}`, [
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
  const { program, parameters } = context.shape;
  const writer = new KernelWriter(parameters);
  writeBackward(writer, context, writeForward(writer, context));
  if (isLoss(program)) {
    writeLaneSums(writer, [
      { name: "bits", column: { kind: "bits" } },
      { name: "squares", column: { kind: "squaredError" } },
    ]);
  }
  return writer.finish(`backward ${program.name}`, [
    ...writer.preamble,
    "let sites = width * height;",
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
