/**
 * The latents of one model in a WebAssembly memory, row after row: decoded from streams, or predicted from known latents.
 * Byte-identical to `bitstream/latents.ts`.
 */

import type { NetworkParameters } from "../../bitstream/fixed_point.ts";
import { integerArm } from "../../bitstream/integer_arm.ts";
import { type ArmLayout, armLayout, writeArmWeights } from "./arm_layout.ts";
import { CONTEXT_REACH } from "./context_plan.ts";
import { emitRowFunctions } from "./emit_arm.ts";
import { emitFeatureFunctions } from "./emit_features.ts";
import { writeTables } from "./emit_symbol.ts";
import { type FeatureSource, ONE_SITE } from "./feature_rows.ts";
import {
  type KernelGrid,
  type LatentRegions,
  MARGIN_BYTES,
  planLatents,
  type ThreadRegions,
} from "./latent_regions.ts";
import { type MemoryLease, MemoryPlan } from "./memory_plan.ts";
import { instantiate } from "./module_cache.ts";
import { type RowCrew, SOLO } from "./row_crew.ts";

/** Bytes of an empty entry of the prediction cache. */
const EMPTY = 0x7f;

/** Row functions of the module; see `ROW_PARAMETERS` for the arguments. */
type RowFunction = (...args: number[]) => number;
/** Which of the two functions runs, and what its first argument is for a row. */
export type RowKind = "decodeRow" | "predictRow";

interface RowPass {
  readonly g: number;
  readonly y: number;
  readonly run: RowFunction;
  readonly state: number;
  readonly source: FeatureSource | undefined;
}

/** A model's ARM and grids, ready to run. */
export class LatentKernel {
  readonly memory: WebAssembly.Memory;
  readonly grids: readonly KernelGrid[];
  /** Address of the caller's `extraBytes`. */
  readonly extra: number;
  readonly #lease: MemoryLease | undefined;
  readonly #layout: ArmLayout;
  readonly #regions: LatentRegions;
  readonly #own: ThreadRegions;
  readonly #crew: RowCrew;
  readonly #functions: Record<RowKind | "nonzeroRow", RowFunction>;

  /** Takes memory for all grids and `extraBytes` more, or the crew's, which `sharedLatentMemory` made for the same. */
  constructor(network: NetworkParameters, extraBytes: number, crew: RowCrew = SOLO) {
    const plan = new MemoryPlan();
    const layout = armLayout(network.architecture);
    const regions = planLatents(network, { layout, plan, extraBytes, threads: crew.threads });
    this.#layout = layout;
    this.#regions = regions;
    this.#own = regions.own[crew.thread];
    this.#crew = crew;
    this.grids = regions.grids;
    this.extra = regions.extra;
    this.#lease = crew.memory ? undefined : plan.lease();
    this.memory = crew.memory ?? this.#lease!.memory;
    const exports = instantiate(`latents ${JSON.stringify(layout)}`, (module) => {
      emitRowFunctions(module, layout);
      emitFeatureFunctions(module, layout);
    }, this.memory);
    this.#functions = exports as Record<RowKind | "nonzeroRow", RowFunction>;
    writeArmWeights(this.memory, this.#own.weights, layout, integerArm(network));
    this.#own.features.start(this.memory, exports, this.#own.weights);
  }

  /** Gives the memory back; the kernel and its views must not be used any more. */
  release(): void {
    this.#lease?.release();
  }

  /** Writes the tables that decoding needs. */
  setTables(stops: Uint16Array): void {
    writeTables(this.memory, this.#regions.tables, stops);
  }

  /** The latents of grid g, as a view of the memory. */
  latents(g: number): Int16Array {
    const { address, width, height } = this.grids[g];
    return new Int16Array(this.memory.buffer, address, width * height);
  }

  /**
   * Runs one function over the crew's part of the rows of grid g. `state` gives its first argument for row y, `done` takes its
   * result. Grids must be run in order, since later ones read the latents of earlier ones.
   */
  runGrid(g: number, kind: RowKind, state: (y: number) => number, done: (y: number, result: number) => void): void {
    const { height } = this.grids[g];
    const source = this.#own.features.source(g);
    if (g > 0) this.#crew.waitFor(g - 1, this.grids[g - 1].height - 1, this.grids[g - 1].width);
    if (source) this.#own.features.restart(source);
    else this.#emptyCache(1);
    let featureRow = -1;
    for (let y = 0; y < height; y++) {
      if (!this.#crew.owns(y)) continue;
      if (source && featureRow !== y >> 1) this.#nextFeatureRow(source, featureRow = y >> 1);
      done(y, this.#runRow({ g, y, run: this.#functions[kind], state: state(y), source }));
    }
  }

  /** Runs a row, part by part as the row above it is done; gives the first result that is not 0. */
  #runRow({ g, y, run, state, source }: RowPass): number {
    const { width, address } = this.grids[g];
    const { nonzero, weights, features, cache } = this.#own;
    const rows = [0, 1, 2, 3, 4].map((up) => this.#ringRow(y - up) - (up > 0 ? 2 * CONTEXT_REACH : 0));
    const [partial, shift] = source ? [features.partial, 1] : [weights + this.#layout.initialOffset, ONE_SITE];
    const step = this.#crew.step(width);
    for (let x = 0; x < width; x += step) {
      const end = Math.min(x + step, width);
      if (y > 0) this.#crew.waitFor(g, y - 1, Math.min(end + CONTEXT_REACH, width));
      const [context, up1, up2, up3, up4] = rows.map((row) => row + 2 * x);
      const site = x >> shift;
      this.#functions.nonzeroRow(end - x, nonzero + 2 * x, up1, up2, up3, up4);
      const result = run(
        ...[state, end - x, address + 2 * (y * width + x), context, up1, up2, up3, up4, nonzero + 2 * x],
        ...[partial + 16 * this.#layout.firstVectors * site, cache + 4 * site, shift, weights, this.#regions.tables],
      );
      if (result !== 0) return result;
      this.#crew.report(g, y, end);
    }
    return 0;
  }

  #nextFeatureRow(source: FeatureSource, y: number): void {
    this.#own.features.compute(source, y);
    this.#emptyCache(source.width);
  }

  #emptyCache(sites: number): void {
    new Uint8Array(this.memory.buffer, this.#own.cache, 4 * sites).fill(EMPTY);
  }

  /**
   * Address of row y's first context value; zeros above row 0. What lies beside a row stays 0, since a grid is at least as
   * wide as those before it.
   */
  #ringRow(y: number): number {
    const { ring, ringRows, ringStride, zeros } = this.#regions;
    return MARGIN_BYTES + (y < 0 ? zeros : ring + (y % ringRows) * ringStride);
  }
}
