import { assert, assertEquals } from "@std/assert";
import { HOST, targetOf, TARGETS } from "../../packaging/targets.ts";

/** The first bytes of an executable, with fields of some bytes at some offsets. */
function start(fields: Readonly<Record<number, readonly number[]>>): Uint8Array {
  const bytes = new Uint8Array(256);
  for (const [offset, values] of Object.entries(fields)) bytes.set(values, Number(offset));
  return bytes;
}

Deno.test("targetOf() tells the five systems' executables", () => {
  const elf = [0x7f, 0x45, 0x4c, 0x46, 2, 1];
  const machO = [0xcf, 0xfa, 0xed, 0xfe];
  const found = [
    start({ 0: elf, 18: [62, 0] }),
    start({ 0: elf, 18: [183, 0] }),
    start({ 0: machO, 4: [7, 0, 0, 1] }),
    start({ 0: machO, 4: [12, 0, 0, 1] }),
    start({ 0: [0x4d, 0x5a], 60: [128], 128: [0x50, 0x45, 0, 0, 0x64, 0x86] }),
  ].map(targetOf);
  assertEquals(found, [...TARGETS]);
});

Deno.test("targetOf() knows this machine's executables, and gives undefined for anything else", () => {
  using file = Deno.openSync(Deno.execPath());
  const bytes = new Uint8Array(4096);
  assert(file.readSync(bytes));
  assertEquals(targetOf(bytes), HOST);
  const others = [
    new Uint8Array(),
    new TextEncoder().encode("#!/bin/sh\n".repeat(10)),
    start({ 0: [0x4d, 0x5a], 60: [255, 255] }),
  ];
  for (const other of others) assertEquals(targetOf(other), undefined);
});
