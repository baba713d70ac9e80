/**
 * Compiles a graph for the CPU: one WebAssembly module with a forward and a backward function per program, and for each
 * kind of iteration the list of phases of tasks that the threads work through.
 */

import { floatBits } from "../float_bits.ts";
import type { Call, Graph, PlaneId } from "../graph.ts";
import { isLoss, type Program } from "../program.ts";
import { MAX_PAGES, ModuleBuilder, PAGE_BYTES } from "./assembler.ts";
import { emitAdam } from "./emit_adam.ts";
import { emitBackward, emitForward } from "./emit_program.ts";
import { type GradientPlan, planGradients } from "./gradient_plan.ts";
import { mapMemory, type MemoryMap } from "./memory_map.ts";
import { backwardPhases, forwardPhases, type Phase } from "./phases.ts";
import { BINDING, bindingWords, PLANE, scratchLayout, stripRows } from "./program_layout.ts";

/** What a task does: run a compiled program on rows of a call, or an Adam step on a span of memory. */
export type Task =
  | { readonly kind: "kernel"; fn: number; binding: number; yBegin: number; yEnd: number; partial: number }
  | { readonly kind: "adam"; values: number; gradients: number; first: number; second: number; bytes: number };

/** Sums of a task: `length` floats at float index `from` are added to the parameter gradients from `to` on. */
export interface GradientSegment {
  readonly from: number;
  readonly length: number;
  readonly to: number;
}

/** One kind of pass over the image. */
export interface Pass {
  readonly phases: readonly (readonly Task[])[];
  /** Where the parameter gradients are, in the order in which they are added up. */
  readonly gradients: readonly GradientSegment[];
  /** Float indices of (nats, squared errors) pairs. */
  readonly losses: readonly number[];
}

/** All that the threads need. */
export interface Schedule {
  readonly module: WebAssembly.Module;
  readonly functions: readonly string[];
  readonly map: MemoryMap;
  /** Size of the memory in pages of 64 KiB. */
  readonly pages: number;
  /** Words to write before the first pass, by address. */
  readonly tables: ReadonlyMap<number, Int32Array>;
  /** Planes whose columns left and right repeat the edge. */
  readonly replicate: ReadonlySet<PlaneId>;
  /** Training, with soft quantisation. */
  readonly train: Pass;
  /** Forward only, hard quantisation. */
  readonly evaluate: Pass;
}

/** Adam steps are cut into tasks of this many bytes. */
const ADAM_SPAN = 1 << 16;

/** Compiles a graph for a number of threads. */
export function compileSchedule(graph: Graph, threads: number): Schedule {
  return new ScheduleBuilder(graph, threads).build();
}

class ScheduleBuilder {
  readonly #graph: Graph;
  readonly #map: MemoryMap;
  readonly #plan: GradientPlan;
  readonly #functions: string[] = [];
  readonly #emitters: ((module: ModuleBuilder, name: string, fma: boolean) => void)[] = [];
  readonly #functionKeys = new Map<string, number>();
  readonly #programs: Program[] = [];
  #partials: number;

  constructor(graph: Graph, threads: number) {
    this.#graph = graph;
    this.#map = mapMemory(graph, threads);
    this.#plan = planGradients(graph);
    this.#partials = this.#map.partials;
  }

  build(): Schedule {
    const start = this.#partials;
    const train = this.#trainPass();
    const afterTraining = this.#partials;
    this.#partials = start;
    const evaluate = this.#evaluatePass();
    const end = Math.max(afterTraining, this.#partials);
    const pages = Math.ceil(end / PAGE_BYTES);
    checkMemory(pages);
    return {
      module: this.#compile(pages),
      functions: this.#functions,
      map: this.#map,
      pages,
      tables: new Map([...this.#map.bindings].map(([call, address]) => [address, this.#binding(call)])),
      replicate: this.#plan.replicate,
      train,
      evaluate,
    };
  }

  #trainPass(): Pass {
    const { softQuantise, body } = this.#graph;
    const forward = this.#forward([...softQuantise, ...body.filter((call) => !isLoss(call.program))]);
    const backward = this.#backward([...softQuantise, ...body]);
    return { ...backward, phases: [...forward, ...backward.phases, this.#adamTasks()] };
  }

  #evaluatePass(): Pass {
    const { hardQuantise, body } = this.#graph;
    const losses: number[] = [];
    const phases = this.#forward([...hardQuantise, ...body], losses);
    return { phases, gradients: [], losses };
  }

  #forward(calls: readonly Call[], losses: number[] = []): Task[][] {
    return forwardPhases(calls).map((phase) =>
      this.#tasks(phase, (call) => this.#forwardFunction(call.program), (call, partial) => {
        if (isLoss(call.program)) losses.push(partial / 4 + scratchLayout(call.program).parameterCount);
      })
    );
  }

  #backward(calls: readonly Call[]): Pass {
    const gradients: GradientSegment[] = [];
    const losses: number[] = [];
    const phases = backwardPhases(calls).map((phase) =>
      this.#tasks(phase, (call) => this.#backwardFunction(call), (call, partial) => {
        const layout = scratchLayout(call.program);
        call.program.parameters.forEach(({ length }, slot) => {
          gradients.push({ from: partial / 4 + layout.slotStarts[slot], length, to: call.parameters[slot] });
        });
        if (isLoss(call.program)) losses.push(partial / 4 + layout.parameterCount);
      })
    );
    return { phases, gradients, losses };
  }

  #tasks(phase: Phase, fn: (call: Call) => number, onTask: (call: Call, partial: number) => void): Task[] {
    const tasks: Task[] = [];
    for (const { call, strips } of phase) {
      const rows = stripRows(call.program);
      const binding = this.#map.bindings.get(call)!;
      const bytes = 4 * (scratchLayout(call.program).parameterCount + 2);
      const step = strips === "all" ? 1 : 2;
      for (let strip = strips === "odd" ? 1 : 0; strip * rows < call.height; strip += step) {
        const partial = this.#partials;
        this.#partials += bytes;
        const yEnd = Math.min(call.height, (strip + 1) * rows);
        tasks.push({ kind: "kernel", fn: fn(call), binding, yBegin: strip * rows, yEnd, partial });
        onTask(call, partial);
      }
    }
    return tasks;
  }

  #adamTasks(): Task[] {
    return this.#graph.latents.flatMap((latent, i) => {
      const { width, height } = this.#graph.planes[latent];
      const { base, gradient, rowBytes } = this.#map.planes[latent];
      const { first, second } = this.#map.moments[i];
      const total = rowBytes * (height - 1) + 4 * 8 * Math.ceil(width / 8);
      const tasks: Task[] = [];
      for (let at = 0; at < total; at += ADAM_SPAN) {
        const bytes = Math.min(ADAM_SPAN, total - at);
        tasks.push({
          kind: "adam",
          values: base + at,
          gradients: gradient + at,
          first: first + at,
          second: second + at,
          bytes,
        });
      }
      return tasks;
    });
  }

  #forwardFunction(program: Program): number {
    return this.#function(`forward ${this.#programId(program)}`, (module, name, fma) => {
      emitForward(module, program, { name, fma, stores: new Set() });
    });
  }

  #backwardFunction(call: Call): number {
    const stores = this.#plan.stores.get(call) ?? new Set<number>();
    const key = `backward ${this.#programId(call.program)} ${[...stores].sort()}`;
    return this.#function(key, (module, name, fma) => emitBackward(module, call.program, { name, fma, stores }));
  }

  #programId(program: Program): string {
    if (!this.#programs.includes(program)) this.#programs.push(program);
    return `${program.name} ${this.#programs.indexOf(program)}`;
  }

  #function(key: string, emit: (module: ModuleBuilder, name: string, fma: boolean) => void): number {
    const known = this.#functionKeys.get(key);
    if (known !== undefined) return known;
    const index = this.#functions.push(key) - 1;
    this.#functionKeys.set(key, index);
    this.#emitters.push(emit);
    return index;
  }

  #compile(pages: number): WebAssembly.Module {
    const bytes = (fma: boolean) => {
      const module = new ModuleBuilder({ minimum: pages, maximum: pages, shared: true });
      this.#emitters.forEach((emit, i) => emit(module, this.#functions[i], fma));
      emitAdam(module);
      return module.build();
    };
    // Relaxed SIMD (fused multiply-add) is newer than SIMD: fall back where the engine refuses it.
    const fused = bytes(true);
    return new WebAssembly.Module(WebAssembly.validate(fused) ? fused : bytes(false));
  }

  #binding(call: Call): Int32Array {
    const words = new Int32Array(bindingWords(call.program));
    words[BINDING.width] = call.width;
    words[BINDING.height] = call.height;
    words[BINDING.zeroRow] = this.#map.zeroRow;
    words[BINDING.scalars] = this.#map.scalars;
    words[BINDING.noiseBase] = call.noiseBase;
    words[BINDING.noiseShare] = floatBits(call.noiseShare);
    call.parameters.forEach((offset, slot) => words[BINDING.parameters + slot] = this.#map.parameters + 4 * offset);
    call.planes.forEach((plane, slot) => {
      const record = BINDING.parameters + call.parameters.length + slot * PLANE.words;
      words.set(this.#planeRecord(plane), record);
    });
    return words;
  }

  #planeRecord(plane: PlaneId): number[] {
    const { width, height } = this.#graph.planes[plane];
    const { base, rowBytes, gradient } = this.#map.planes[plane];
    const record: number[] = [];
    record[PLANE.base] = base;
    record[PLANE.rowBytes] = rowBytes;
    record[PLANE.width] = width;
    record[PLANE.height] = height;
    record[PLANE.gradient] = gradient;
    record[PLANE.replicate] = Number(this.#plan.replicate.has(plane));
    record[PLANE.consume] = Number(this.#plan.consume.has(plane));
    return record;
  }
}

/** Throws a `RangeError` for more memory than WebAssembly can address. */
function checkMemory(pages: number): void {
  if (pages <= MAX_PAGES) return;
  const [most, needed] = [MAX_PAGES, pages].map((count) => `${Math.ceil(count * PAGE_BYTES / 2 ** 20)} MB`);
  throw new RangeError(
    `Cannot train on the CPU: expected a picture for ${most} of memory at most, found one that needs ${needed}`,
  );
}
