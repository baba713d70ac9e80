/**
 * The latents of one model in a WebAssembly memory, row after row: decoded from streams, or predicted from known latents.
 * Byte-identical to `bitstream/latents.ts`.
 */

import { type LatentGrid, latentGrids, levelSize } from "../../bitstream/architecture.ts";
import type { NetworkParameters } from "../../bitstream/fixed_point.ts";
import { integerArm } from "../../bitstream/integer_arm.ts";
import { type ArmLayout, armLayout, writeArmWeights } from "./arm_layout.ts";
import { CONTEXT_REACH } from "./context_plan.ts";
import { emitRowFunctions } from "./emit_arm.ts";
import { emitFeatureFunctions } from "./emit_features.ts";
import { TABLE_BYTES, writeTables } from "./emit_symbol.ts";
import { FeatureRows, type FeatureSource } from "./feature_rows.ts";
import { type MemoryLease, MemoryPlan } from "./memory_plan.ts";
import { instantiate } from "./module_cache.ts";

/** Zeros on both sides of a context row: its reach, and what vector loads read beyond it. */
const MARGIN_BYTES = 32;
const RING_ROWS = CONTEXT_REACH + 1;
/** Bytes of an empty entry of the prediction cache. */
const EMPTY = 0x7f;
/** A shift that sends every column to site 0. */
const ONE_SITE = 31;

/** Row functions of the module; see `ROW_PARAMETERS` for the arguments. */
type RowFunction = (...args: number[]) => number;
/** Which of the two functions runs, and what its first argument is for a row. */
export type RowKind = "decodeRow" | "predictRow";

/** A grid in the kernel's memory. */
export interface KernelGrid extends LatentGrid {
  /** Address of its latents, row-major i16. */
  readonly address: number;
}

/** A model's ARM and grids, ready to run. */
export class LatentKernel {
  readonly memory: WebAssembly.Memory;
  readonly grids: readonly KernelGrid[];
  /** Address of the caller's `extraBytes`. */
  readonly extra: number;
  readonly #lease: MemoryLease;
  readonly #layout: ArmLayout;
  readonly #features: FeatureRows;
  readonly #functions: Record<RowKind | "nonzeroRow", RowFunction>;
  readonly #ringStride: number;
  readonly #ring: number;
  readonly #nonzero: number;
  readonly #cache: number;
  readonly #weights: number;
  readonly #tables: number;

  /** Takes memory for all grids and `extraBytes` more. */
  constructor(network: NetworkParameters, extraBytes: number) {
    const { architecture, shape } = network;
    const layout = armLayout(architecture);
    const plan = new MemoryPlan();
    this.#layout = layout;
    this.#tables = plan.reserve(TABLE_BYTES);
    this.#weights = plan.reserve(layout.bytes);
    this.#ringStride = 2 * MARGIN_BYTES + 2 * Math.ceil(shape.width / 8) * 8;
    this.#ring = plan.reserve(RING_ROWS * this.#ringStride);
    this.#nonzero = plan.reserve(2 * shape.width + 16);
    this.#cache = plan.reserve(4 * levelSize(shape.width, 1));
    this.grids = latentGrids(architecture, shape).map((grid) => ({
      ...grid,
      address: plan.reserve(2 * grid.width * grid.height),
    }));
    this.#features = new FeatureRows(network, layout, plan, this.grids);
    this.extra = plan.reserve(extraBytes);
    this.#lease = plan.lease();
    this.memory = this.#lease.memory;
    const exports = instantiate(`latents ${JSON.stringify(layout)}`, (module) => {
      emitRowFunctions(module, layout);
      emitFeatureFunctions(module, layout);
    }, this.memory);
    this.#functions = exports as Record<RowKind | "nonzeroRow", RowFunction>;
    writeArmWeights(this.memory, this.#weights, layout, integerArm(network));
    this.#features.start(this.memory, exports, this.#weights);
  }

  /** Gives the memory back; the kernel and its views must not be used any more. */
  release(): void {
    this.#lease.release();
  }

  /** Writes the tables that decoding needs. */
  setTables(stops: Uint16Array): void {
    writeTables(this.memory, this.#tables, stops);
  }

  /** The latents of grid g, as a view of the memory. */
  latents(g: number): Int16Array {
    const { address, width, height } = this.grids[g];
    return new Int16Array(this.memory.buffer, address, width * height);
  }

  /**
   * Runs one function over all rows of grid g. `state` gives its first argument for row y, `done` takes its result. Grids must
   * be run in order, since later ones read the latents of earlier ones.
   */
  runGrid(g: number, kind: RowKind, state: (y: number) => number, done: (y: number, result: number) => void): void {
    const { address, width, height } = this.grids[g];
    const source = this.#features.source(g);
    const run = this.#functions[kind];
    new Uint8Array(this.memory.buffer, this.#ring, RING_ROWS * this.#ringStride).fill(0);
    if (!source) this.#emptyCache(1);
    for (let y = 0; y < height; y++) {
      if (source && (y & 1) === 0) this.#nextFeatureRow(source, y >> 1);
      const [up1, up2, up3, up4] = [1, 2, 3, 4].map((up) => this.#ringRow(y - up) - 2 * CONTEXT_REACH);
      this.#functions.nonzeroRow(width, this.#nonzero, up1, up2, up3, up4);
      const partial = source ? this.#features.partial : this.#weights + this.#layout.initialOffset;
      const result = run(
        ...[state(y), width, address + 2 * y * width, this.#ringRow(y), up1, up2, up3, up4],
        ...[this.#nonzero, partial, this.#cache, source ? 1 : ONE_SITE, this.#weights, this.#tables],
      );
      done(y, result);
    }
  }

  #nextFeatureRow(source: FeatureSource, y: number): void {
    this.#features.compute(source, y);
    this.#emptyCache(source.width);
  }

  #emptyCache(sites: number): void {
    new Uint8Array(this.memory.buffer, this.#cache, 4 * sites).fill(EMPTY);
  }

  /** Address of row y's first context value. Rows that were not run yet are zeros. */
  #ringRow(y: number): number {
    return this.#ring + MARGIN_BYTES + ((y + RING_ROWS) % RING_ROWS) * this.#ringStride;
  }
}
