/** Whether the engine can run the kernels. */

import { MAX_PAGES, ModuleBuilder } from "../../kernels/wasm/assembler.ts";

let answer: boolean | undefined;

/** True if the engine has WebAssembly with 128-bit SIMD. */
export function hasWasmSimd(): boolean {
  answer ??= typeof WebAssembly === "object" && WebAssembly.validate(probe());
  return answer;
}

function probe(): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder({ minimum: 1, maximum: MAX_PAGES, shared: false });
  module.function("probe", { parameters: [] }, (f) => {
    f.i32(0).i32x4(1).i32x4(1).op("i32x4.dot_i16x8_s").mem("v128.store");
  });
  return module.build();
}
