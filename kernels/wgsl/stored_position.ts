/** WGSL of where a store puts a component: shared by the forward store and the load of the stored plane's gradient. */

import type { StoreOp } from "../program.ts";
import { type KernelContext, planeSize } from "./context.ts";
import type { KernelWriter } from "./kernel.ts";

/** Names of the coordinates in the kernels whose items are sites. */
export const SITE = { y: "y", x: "x", site: "site" } as const;

/** A position in a plane. */
export interface StoredPosition {
  readonly slot: number;
  /** Expression of the index, of use where `check` holds. */
  readonly index: string;
  /** Expression of whether the position lies in the plane, if it may not. */
  readonly check?: string;
}

/** A component of a store at a site: expressions of the site's signed coordinates and of its index. */
export interface StoredComponent {
  readonly op: StoreOp;
  readonly component: number;
  readonly y: string;
  readonly x: string;
  readonly site: string;
}

/** Where a component of a store goes. */
export function storedPosition(
  writer: KernelWriter,
  context: KernelContext,
  { op, component, y, x, site }: StoredComponent,
): StoredPosition {
  const slot = op.spread === "none" ? op.planes[component] : op.planes[0];
  if (op.spread === "none" && context.shape.siteSized[slot]) return { slot, index: site };
  const { width, height } = planeSize(writer, context, slot);
  const row = op.spread === "y" ? `(2u * u32(${y}) + ${component}u)` : `u32(${y})`;
  const column = op.spread === "x" ? `(2u * u32(${x}) + ${component}u)` : `u32(${x})`;
  return {
    slot,
    index: `${row} * ${width} + ${column}`,
    check: `${row} < ${height} && ${column} < ${width}`,
  };
}
