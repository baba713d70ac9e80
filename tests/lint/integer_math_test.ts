import { assertEquals } from "@std/assert";
import plugin, { isIntegerSide } from "./integer_math.ts";

function complaints(path: string, source: string): number {
  return Deno.lint.runPlugin(plugin, path, source).length;
}

Deno.test("integer-math forbids what differs between engines, in the decoder only", () => {
  const source = "export const f = (x: number) => Math.exp(x) + Math.abs(x) + 2 ** 32 + x ** 2 + Math['log'](x);";
  assertEquals(complaints("/project/bitstream/file.ts", source), 3);
  assertEquals(complaints("/project/codec/train.ts", source), 0);
});

Deno.test("isIntegerSide() covers the format and the integer half of the codec", () => {
  const inside = [
    "/p/bitstream/a.ts",
    "C:\\p\\bitstream\\a.ts",
    "/p/codec/decode.ts",
    "/p/codec/reconstruct/a.ts",
    "/p/codec/gpu_decode/a.ts",
    "/p/codec/parallel_decode/a.ts",
    "/p/codec/image.ts",
  ];
  for (const path of inside) assertEquals(isIntegerSide(path), true, path);
  const outside = ["/p/codec/encode.ts", "/p/tests/bitstream/a_test.ts", "/p/kernels/a.ts"];
  for (const path of outside) assertEquals(isIntegerSide(path), false, path);
});
