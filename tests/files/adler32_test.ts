import { assertEquals } from "@std/assert";
import * as fc from "fast-check";
import { adler32, combineAdler32 } from "../../files/adler32.ts";

Deno.test("adler32() gives the published value of a text, and does not overflow", () => {
  assertEquals(adler32(new TextEncoder().encode("Wikipedia")), 0x11e60398);
  let [low, high] = [1n, 0n];
  for (let i = 0; i < 20000; i++) [low, high] = [low + 255n, high + low + 255n];
  assertEquals(BigInt(adler32(new Uint8Array(20000).fill(255))), ((high % 65521n) << 16n) | (low % 65521n));
});

Deno.test("combineAdler32() of two parts is adler32() of the whole, wherever it is cut", () => {
  const bytes = fc.uint8Array({ maxLength: 300 });
  fc.assert(fc.property(bytes, bytes, fc.constantFrom(0, 70000), (a, b, more) => {
    const second = new Uint8Array(b.length + more).fill(255);
    second.set(b);
    const whole = Uint8Array.from([...a, ...second]);
    assertEquals(combineAdler32(adler32(a), adler32(second), second.length), adler32(whole));
  }));
});
