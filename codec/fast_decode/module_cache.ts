/** Compiled modules by what they were emitted from: code that was optimised once stays so for the next image. */

import { MAX_PAGES, ModuleBuilder } from "../../kernels/wasm/assembler.ts";

/** Modules kept. */
const CAPACITY = 16;
const modules = new Map<string, WebAssembly.Module>();

/** The functions of the module that `emit` writes, on a memory. `key` must tell apart all that `emit` depends on. */
export function instantiate(
  key: string,
  emit: (module: ModuleBuilder) => void,
  memory: WebAssembly.Memory,
): WebAssembly.Exports {
  const shared = !(memory.buffer instanceof ArrayBuffer);
  const cacheKey = `${shared ? "shared " : ""}${key}`;
  let module = modules.get(cacheKey);
  if (!module) {
    const builder = new ModuleBuilder({ minimum: 1, maximum: MAX_PAGES, shared });
    emit(builder);
    module = new WebAssembly.Module(builder.build());
    modules.set(cacheKey, module);
    if (modules.size > CAPACITY) modules.delete(modules.keys().next().value!);
  }
  return new WebAssembly.Instance(module, { env: { memory } }).exports;
}
