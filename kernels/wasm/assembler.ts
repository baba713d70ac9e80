/**
 * A small WebAssembly assembler: typed instructions in, module bytes out.
 *
 * Enough of the format for run-time emitted kernels: one imported or own memory, functions, locals, structured control
 * flow, SIMD. Instructions are written in stack order, as in the text format.
 */

import { ByteList } from "./byte_list.ts";
import { MEMORY_OPCODES, type MemoryInstruction, type PlainInstruction, SIMPLE_OPCODES } from "./opcodes.ts";

/** Bytes of a page of memory. */
export const PAGE_BYTES = 65536;
/** Pages that 32-bit addresses reach. */
export const MAX_PAGES = 65536;
/** The same in bytes: 4 GiB. */
export const MAX_MEMORY_BYTES = MAX_PAGES * PAGE_BYTES;

/** Types of locals, parameters and results. */
export type ValueType = "i32" | "i64" | "f32" | "f64" | "v128";

const TYPE_CODES: Record<ValueType, number> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b };
const SIMD_PREFIX = 0xfd;
const V128_CONST = 12;

/** A local variable of a function under construction. */
export type Local = number;

/** Writes the body of one function. */
export class FunctionBuilder {
  readonly #code = new ByteList();
  readonly #parameterCount: number;
  readonly #locals: ValueType[] = [];
  readonly #constants = new Map<string, { readonly local: Local; readonly bytes: Uint8Array }>();
  #depth = 0;

  constructor(parameterCount: number) {
    this.#parameterCount = parameterCount;
  }

  /** Declares a local variable. */
  local(type: ValueType): Local {
    return this.#parameterCount + this.#locals.push(type) - 1;
  }

  /** Appends instructions without immediates. */
  op(...names: PlainInstruction[]): this {
    for (const name of names) this.#opcode(SIMPLE_OPCODES[name]);
    return this;
  }

  /** Appends a load or store; the address is on the stack. `offset` is added to it, in bytes. */
  mem(name: MemoryInstruction, offset = 0): this {
    if (offset < 0) throw new RangeError(`Cannot assemble ${name}: offset is negative, ${offset}`);
    this.#opcode(MEMORY_OPCODES[name]);
    this.#code.unsigned(0); // Alignment hint: none. Engines ignore it.
    this.#code.unsigned(offset);
    return this;
  }

  /** Pushes a local. */
  get(...locals: Local[]): this {
    for (const local of locals) this.#indexed(0x20, local);
    return this;
  }

  /** Pops into a local. */
  set(local: Local): this {
    return this.#indexed(0x21, local);
  }

  /** Copies the top of the stack into a local. */
  tee(local: Local): this {
    return this.#indexed(0x22, local);
  }

  /** Pushes a 32-bit integer. */
  i32(value: number): this {
    this.#code.byte(0x41);
    this.#code.signed(value);
    return this;
  }

  /** Pushes a 32-bit float. */
  f32(value: number): this {
    this.#code.byte(0x43);
    this.#code.bytes(new Uint8Array(Float32Array.of(value).buffer));
    return this;
  }

  /** Pushes four equal floats. */
  f32x4(value: number): this {
    return this.#vector(new Uint8Array(Float32Array.of(value, value, value, value).buffer));
  }

  /** Pushes four equal integers. */
  i32x4(value: number): this {
    return this.#vector(new Uint8Array(Int32Array.of(value, value, value, value).buffer));
  }

  /** Pushes eight equal 16-bit integers. */
  i16x8(value: number): this {
    return this.#vector(new Uint8Array(new Int16Array(8).fill(value).buffer));
  }

  /** Pushes a 16-byte constant. */
  v128(bytes: Uint8Array): this {
    return this.#vector(bytes);
  }

  /** Pops two vectors, pushes 16 bytes picked from them: 0..15 from the first, 16..31 from the second. */
  shuffle(lanes: readonly number[]): this {
    this.#opcode([SIMD_PREFIX, 13]);
    this.#code.bytes(lanes);
    return this;
  }

  /** Pushes a 32-bit lane of a vector in all lanes. */
  splatLane(vector: Local, lane: number): this {
    return this.get(vector, vector).shuffle(lanes(lane, lane, lane, lane));
  }

  /** Lane access (`f32x4.extract_lane`, `i32x4.extract_lane`, `i16x8.extract_lane_s`, ...). */
  lane(name: LaneInstruction, lane: number): this {
    this.#opcode([SIMD_PREFIX, LANE_OPCODES[name]]);
    this.#code.byte(lane);
    return this;
  }

  /** Lane load or store: `v128.store32_lane` and the like; address and vector are on the stack. */
  memLane(name: MemoryLaneInstruction, offset: number, lane: number): this {
    this.#opcode([SIMD_PREFIX, MEMORY_LANE_OPCODES[name]]);
    this.#code.unsigned(0);
    this.#code.unsigned(offset);
    this.#code.byte(lane);
    return this;
  }

  /** Adds a constant to a local. */
  increment(local: Local, by: number): this {
    return this.get(local).i32(by).op("i32.add").set(local);
  }

  /** Runs `body` in a block; `br(label)` with the label given to it leaves the block. */
  block(body: (label: number) => void): this {
    return this.#structured(0x02, body);
  }

  /** Runs `body` in a loop; `br(label)` with the label given to it starts the next round. */
  loop(body: (label: number) => void): this {
    return this.#structured(0x03, body);
  }

  /** Pops a condition; runs `then` if it is not 0, else `otherwise`. */
  if(then: () => void, otherwise?: () => void): this {
    this.#code.bytes([0x04, 0x40]);
    this.#depth++;
    then();
    if (otherwise) {
      this.#code.byte(0x05);
      otherwise();
    }
    return this.#end();
  }

  /** `for (; local < limit; local += step)`, checked before the first round; `limit` pushes the bound. */
  forLess(local: Local, limit: () => void, step: number, body: () => void): this {
    return this.block((leave) => {
      this.loop((again) => {
        this.get(local);
        limit();
        this.op("i32.ge_s").brIf(leave);
        body();
        this.increment(local, step).br(again);
      });
    });
  }

  /** Jumps to a label of an enclosing block or loop. */
  br(label: number): this {
    return this.#indexed(0x0c, this.#depth - label);
  }

  /** Pops a condition; jumps if it is not 0. */
  brIf(label: number): this {
    return this.#indexed(0x0d, this.#depth - label);
  }

  /** Calls a function by its index. */
  call(index: number): this {
    return this.#indexed(0x10, index);
  }

  /** `memory.fill`: address, byte value and length are on the stack. */
  memoryFill(): this {
    this.#code.bytes([0xfc, 0x0b, 0x00]);
    return this;
  }

  /** The function body in the format of the code section. */
  finish(): Uint8Array {
    const body = new ByteList();
    body.unsigned(this.#locals.length);
    for (const type of this.#locals) {
      body.unsigned(1);
      body.byte(TYPE_CODES[type]);
    }
    for (const { local, bytes } of this.#constants.values()) {
      body.bytes([SIMD_PREFIX, V128_CONST]);
      body.bytes(bytes);
      body.byte(0x21);
      body.unsigned(local);
    }
    body.bytes(this.#code.view());
    body.byte(0x0b);
    return body.view();
  }

  #structured(opcode: number, body: (label: number) => void): this {
    this.#code.bytes([opcode, 0x40]);
    this.#depth++;
    body(this.#depth);
    return this.#end();
  }

  #end(): this {
    this.#code.byte(0x0b);
    this.#depth--;
    return this;
  }

  #opcode(code: readonly number[]): void {
    if (code.length === 1) this.#code.byte(code[0]);
    else {
      this.#code.byte(code[0]);
      this.#code.unsigned(code[1]);
    }
  }

  #indexed(opcode: number, index: number): this {
    this.#code.byte(opcode);
    this.#code.unsigned(index);
    return this;
  }

  /** A constant is set once, at the start of the function: V8 builds it anew, in three steps, wherever it is written. */
  #vector(bytes: Uint8Array): this {
    if (bytes.every((byte) => byte === 0)) {
      this.#opcode([SIMD_PREFIX, V128_CONST]);
      this.#code.bytes(bytes);
      return this;
    }
    const key = bytes.join();
    const known = this.#constants.get(key);
    if (known !== undefined) return this.get(known.local);
    const constant = { local: this.local("v128"), bytes };
    this.#constants.set(key, constant);
    return this.get(constant.local);
  }
}

const LANE_OPCODES = {
  "i8x16.extract_lane_u": 22,
  "i16x8.extract_lane_s": 24,
  "i16x8.extract_lane_u": 25,
  "i16x8.replace_lane": 26,
  "i32x4.extract_lane": 27,
  "i32x4.replace_lane": 28,
  "i64x2.extract_lane": 29,
  "f32x4.extract_lane": 31,
  "f32x4.replace_lane": 32,
} as const;
type LaneInstruction = keyof typeof LANE_OPCODES;

const MEMORY_LANE_OPCODES = {
  "v128.load8_lane": 84,
  "v128.load16_lane": 85,
  "v128.load32_lane": 86,
  "v128.load64_lane": 87,
  "v128.store8_lane": 88,
  "v128.store16_lane": 89,
  "v128.store32_lane": 90,
  "v128.store64_lane": 91,
} as const;
type MemoryLaneInstruction = keyof typeof MEMORY_LANE_OPCODES;

interface FunctionRecord {
  readonly name: string;
  readonly parameters: readonly ValueType[];
  readonly results: readonly ValueType[];
  readonly body: Uint8Array;
}

/** The imported memory of a module, `env.memory`; sizes in pages of 64 KiB. */
export interface MemoryImport {
  readonly minimum: number;
  readonly maximum: number;
  readonly shared: boolean;
}

/** Collects functions into a module that imports its memory as `env.memory`. */
export class ModuleBuilder {
  readonly #functions: FunctionRecord[] = [];
  readonly #memory: MemoryImport;

  constructor(memory: MemoryImport) {
    this.#memory = memory;
  }

  /** Adds and exports a function; returns its index, for `call`. `parameters` are locals 0, 1, ... */
  function(
    name: string,
    { parameters, results = [] }: { parameters: readonly ValueType[]; results?: readonly ValueType[] },
    body: (f: FunctionBuilder) => void,
  ): number {
    const f = new FunctionBuilder(parameters.length);
    body(f);
    return this.#functions.push({ name, parameters, results, body: f.finish() }) - 1;
  }

  /** The module's bytes. */
  build(): Uint8Array<ArrayBuffer> {
    const module = new ByteList();
    module.bytes([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
    module.section(1, this.#types());
    module.section(2, this.#imports());
    module.section(3, this.#vector((list, _, index) => list.unsigned(index)));
    module.section(7, this.#vector((list, f, index) => this.#export(list, f, index)));
    module.section(
      10,
      this.#vector((list, f) => {
        list.unsigned(f.body.length);
        list.bytes(f.body);
      }),
    );
    return module.view();
  }

  #types(): ByteList {
    return this.#vector((list, f) => {
      list.byte(0x60);
      for (const types of [f.parameters, f.results]) {
        list.unsigned(types.length);
        list.bytes(types.map((type) => TYPE_CODES[type]));
      }
    });
  }

  #imports(): ByteList {
    const list = new ByteList();
    list.unsigned(1);
    list.name("env");
    list.name("memory");
    list.byte(2);
    list.byte(this.#memory.shared ? 3 : 1);
    list.unsigned(this.#memory.minimum);
    list.unsigned(this.#memory.maximum);
    return list;
  }

  #export(list: ByteList, f: FunctionRecord, index: number): void {
    list.name(f.name);
    list.byte(0);
    list.unsigned(index);
  }

  #vector(write: (list: ByteList, f: FunctionRecord, index: number) => void): ByteList {
    const list = new ByteList();
    list.unsigned(this.#functions.length);
    this.#functions.forEach((f, index) => write(list, f, index));
    return list;
  }
}

/** Byte indices of four 32-bit lanes, for a shuffle: lanes 4..7 are those of the second vector. */
export function lanes(...indices: number[]): number[] {
  return indices.flatMap((lane) => [0, 1, 2, 3].map((byte) => 4 * lane + byte));
}

/** The types of so many parameters, all i32. */
export function i32Parameters(count: number): ValueType[] {
  return Array.from({ length: count }, () => "i32");
}
