/** The machine's peak for SIMD multiply-adds in WebAssembly, one thread: what the kernels are held against. */

import { ModuleBuilder } from "../kernels/wasm/assembler.ts";
import { VectorMath } from "../kernels/wasm/vector_math.ts";
import { bestMilliseconds } from "./measure.ts";

/** Independent chains: more than latency times units of any processor. */
const CHAINS = 12;
const ROUNDS = 100_000;

/** GFLOP/s (a multiply-add counts as 2) of independent chains of multiply-adds on four floats. */
export function measurePeakGflops(): number {
  return Math.max(...[true, false].map(peakOf));
}

function peakOf(fma: boolean): number {
  const module = new ModuleBuilder({ minimum: 1, maximum: 1, shared: false });
  module.function("chains", { parameters: ["i32"] }, (f) => {
    const math = new VectorMath(f, fma);
    const sums = Array.from({ length: CHAINS }, (_, i) => math.let(math.constant(i)));
    const [x, y] = [math.let(math.constant(0.999)), math.let(math.constant(1e-3))];
    f.loop((again) => {
      for (const sum of sums) {
        math.madd(sum, x, y)();
        f.set(sum.local);
      }
      f.increment(0, -1).get(0).brIf(again);
    });
    f.i32(0);
    sums.reduce((a, b) => math.add(a, b) as typeof a)();
    f.mem("v128.store");
  });
  const bytes = module.build();
  if (!WebAssembly.validate(bytes)) return 0;
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
  const { chains } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } }).exports;
  const run = chains as unknown as (rounds: number) => void;
  return 8 * CHAINS * ROUNDS / (bestMilliseconds(() => run(ROUNDS)) * 1e6);
}
