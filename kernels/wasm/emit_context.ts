/** What the emitters of one function share: the function, its locals, and loops over sites. */

import type { Program, Value } from "../program.ts";
import type { FunctionBuilder, Local } from "./assembler.ts";
import { BINDING, BLOCK_BYTES, ROW, type ScratchLayout } from "./program_layout.ts";
import { type Expr, VectorMath } from "./vector_math.ts";

/** Parameters of every compiled function, in order; all i32. */
export const FUNCTION_PARAMETERS = ["binding", "yBegin", "yEnd", "scratch", "partial", "trash"] as const;

/** Gives the load of four sites of a component, `byteOffset` beyond the current one. */
export type Reader = (component: number, byteOffset: number) => Expr;

/** State while one function is emitted. */
export class EmitContext {
  /** Address of the binding. */
  readonly binding: Local = 0;
  readonly yBegin: Local = 1;
  readonly yEnd: Local = 2;
  /** Address of the thread's scratch memory. */
  readonly scratch: Local = 3;
  /** Address where the strip's sums go. */
  readonly partial: Local = 4;
  /** Address of a row that takes gradients of values outside a plane. */
  readonly trash: Local = 5;
  /** Row of the sites being processed. */
  readonly y: Local;
  /** First site of the block, in bytes (4 per site). */
  readonly blockX: Local;
  /** Loop variable over the block's sites: scratch address of the current site's column. */
  readonly p: Local;
  /** End of that loop. */
  readonly pEnd: Local;
  /** `p - scratch + blockX`: byte offset of the current site in its row. */
  readonly siteX: Local;
  readonly math: VectorMath;
  /** How to read values that are not in scratch memory, see `read`. */
  readonly readers = new Map<Value, Reader>();

  constructor(
    readonly f: FunctionBuilder,
    readonly program: Program,
    readonly layout: ScratchLayout,
    readonly fma: boolean,
  ) {
    this.y = f.local("i32");
    this.blockX = f.local("i32");
    this.p = f.local("i32");
    this.pEnd = f.local("i32");
    this.siteX = f.local("i32");
    this.math = new VectorMath(f, fma);
  }

  /** A fresh i32 local. */
  i32(): Local {
    return this.f.local("i32");
  }

  /** The load of four sites of a value's component, `byteOffset` beyond the current site `p`. */
  read(value: Value, component: number, byteOffset: number): Expr {
    const reader = this.readers.get(value);
    if (reader !== undefined) return reader(component, byteOffset);
    return this.math.load(this.p, this.layout.values[value] + component * ROW + byteOffset);
  }

  /** Pushes a word of the binding. */
  bindingWord(byteOffset: number): void {
    this.f.get(this.binding).mem("i32.load", byteOffset);
  }

  /** Runs `body` for each row of the strip. */
  forRows(body: () => void): void {
    this.f.get(this.yBegin).set(this.y);
    this.f.forLess(this.y, () => this.f.get(this.yEnd), 1, body);
  }

  /** Runs `body` for each block of the row; `p`'s bounds are set. Rows are rounded up to 8 sites. */
  forBlocks(body: () => void): void {
    const { f } = this;
    const rowBytes = this.i32();
    this.bindingWord(4 * BINDING.width);
    f.i32(7).op("i32.add").i32(-8).op("i32.and").i32(2).op("i32.shl").set(rowBytes);
    f.i32(0).set(this.blockX);
    f.forLess(this.blockX, () => f.get(rowBytes), BLOCK_BYTES, () => {
      const left = this.i32();
      f.get(rowBytes, this.blockX).op("i32.sub").set(left);
      f.get(left).i32(BLOCK_BYTES).get(left).i32(BLOCK_BYTES).op("i32.lt_s", "select");
      f.get(this.scratch).op("i32.add").set(this.pEnd);
      body();
    });
  }

  /** Runs `body` for the block's sites, 8 (32 bytes) or 4 (16 bytes) at a time; `p` and `siteX` are set. */
  forSites(stepBytes: 16 | 32, body: () => void): void {
    const { f } = this;
    f.get(this.scratch).set(this.p);
    f.loop((again) => {
      this.setSiteX();
      body();
      f.increment(this.p, stepBytes).get(this.p, this.pEnd).op("i32.lt_u").brIf(again);
    });
  }

  /** Sets `siteX` from `p`. */
  setSiteX(): void {
    this.f.get(this.p, this.scratch).op("i32.sub").get(this.blockX).op("i32.add").set(this.siteX);
  }

  /** Like `forSites`, without `siteX`: for loops that touch scratch memory only. */
  forScratch(stepBytes: 16 | 32, body: () => void): void {
    const { f } = this;
    f.get(this.scratch).set(this.p);
    f.loop((again) => {
      body();
      f.increment(this.p, stepBytes).get(this.p, this.pEnd).op("i32.lt_u").brIf(again);
    });
  }

  /**
   * Runs `body` for chunks of the block's sites: of `sizes[0]` vectors while so many are left, then of `sizes[1]`, and so
   * on. `p` is set.
   */
  forChunks(sizes: readonly number[], body: (vectors: number) => void): void {
    const { f } = this;
    f.get(this.scratch).set(this.p);
    for (const vectors of sizes) {
      f.block((leave) => {
        f.loop((again) => {
          f.get(this.pEnd, this.p).op("i32.sub").i32(16 * vectors).op("i32.lt_s").brIf(leave);
          body(vectors);
          f.increment(this.p, 16 * vectors).br(again);
        });
      });
    }
  }
}
