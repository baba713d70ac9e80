/** Emits the Adam step on a span of latents. */

import { LATENT_ADAM } from "../optimiser.ts";
import type { ModuleBuilder } from "./assembler.ts";
import { SCALAR } from "./program_layout.ts";
import { VectorMath } from "./vector_math.ts";

/** Name of the exported function; parameters: values, gradients, first and second moments, bytes, scalar block. */
export const ADAM_FUNCTION = "adam";

/** Adds the function. `bytes` is a multiple of 16. */
export function emitAdam(module: ModuleBuilder): void {
  module.function(ADAM_FUNCTION, { parameters: ["i32", "i32", "i32", "i32", "i32", "i32"] }, (f) => {
    const [values, gradients, first, second, bytes, scalars] = [0, 1, 2, 3, 4, 5];
    const math = new VectorMath(f, false);
    const decay = (beta: number, old: number, gain: number, term: () => void) =>
      math.let(math.add(math.mul(math.constant(beta), math.load(old, 0)), math.mul(math.constant(gain), term)));
    const rate = math.let(math.splat(scalars, SCALAR.adamRate));
    const { beta1, beta2 } = LATENT_ADAM;
    const epsilon = math.constant(LATENT_ADAM.epsilon);
    f.get(values, bytes).op("i32.add").set(bytes);
    f.loop((again) => {
      const g = math.let(math.load(gradients, 0));
      const m = decay(beta1, first, 1 - beta1, g);
      const v = decay(beta2, second, 1 - beta2, math.mul(g, g));
      math.store(first, 0, m);
      math.store(second, 0, v);
      const step = math.div(math.mul(rate, m), math.add(math.apply("f32x4.sqrt", v), epsilon));
      math.store(values, 0, math.sub(math.load(values, 0), step));
      math.free(g, m, v);
      for (const pointer of [values, gradients, first, second]) f.increment(pointer, 16);
      f.get(values, bytes).op("i32.lt_u").brIf(again);
    });
  });
}
