/** WebAssembly that writes the samples of eight pixels as interleaved bytes. */

import type { FunctionBuilder, Local } from "../../kernels/wasm/assembler.ts";

/**
 * Stores one vector of eight i16 per channel (1 to 4) at the address in `to`, clamped to 0..255. `packed` and `others` are
 * overwritten; up to 16 bytes are stored at a time, so what follows the pixels may be overwritten too.
 */
export function storeBytes(
  f: FunctionBuilder,
  to: Local,
  channels: readonly Local[],
  [packed, others]: readonly [Local, Local],
): void {
  const count = channels.length;
  f.get(channels[0], channels[1] ?? channels[0]).op("i8x16.narrow_i16x8_u").set(packed);
  if (count === 1) return void f.get(to, packed).memLane("v128.store64_lane", 0, 0);
  if (count > 2) f.get(channels[2], channels[3] ?? channels[2]).op("i8x16.narrow_i16x8_u").set(others);
  const second = count > 2 ? others : packed;
  const order = Array.from({ length: 8 * count }, (_, i) => 8 * (i % count) + Math.floor(i / count));
  f.get(to).get(packed, second).shuffle(order.slice(0, 16)).mem("v128.store");
  const rest = order.slice(16);
  if (rest.length === 0) return;
  f.get(to).get(packed, second).shuffle(count === 3 ? [...rest, ...rest] : rest);
  if (count === 3) f.memLane("v128.store64_lane", 16, 0);
  else f.mem("v128.store", 16);
}
