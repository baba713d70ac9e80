import { assert, assertEquals } from "@std/assert";
import { fuzzDecoder } from "./decode_fuzz.ts";

Deno.test("decode() ends in the encoder's image or a named error for 1500 damaged files, with both decoders alike", () => {
  const counts = fuzzDecoder(1500, 1_000_000);
  assertEquals(counts.inputs, 1500);
  assert(counts.bitstreamErrors > 500 && counts.limitErrors > 0, JSON.stringify(counts));
});
