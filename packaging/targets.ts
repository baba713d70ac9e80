/** The systems that executables are made for. */

/** All that `deno compile` offers. */
export const TARGETS = [
  "x86_64-unknown-linux-gnu",
  "aarch64-unknown-linux-gnu",
  "x86_64-apple-darwin",
  "aarch64-apple-darwin",
  "x86_64-pc-windows-msvc",
] as const;
/** A system, as compilers name it. */
export type Target = typeof TARGETS[number];

/** This machine's system. */
export const HOST: string = Deno.build.target;

/** First bytes of the machine field of each kind of executable. */
const MACHINES: Readonly<Record<string, Target>> = {
  "elf 62": "x86_64-unknown-linux-gnu",
  "elf 183": "aarch64-unknown-linux-gnu",
  "mach-o 16777223": "x86_64-apple-darwin",
  "mach-o 16777228": "aarch64-apple-darwin",
  "pe 34404": "x86_64-pc-windows-msvc",
};

/** The system that an executable is for, told by its first kilobytes; `undefined` for anything else. */
export function targetOf(executable: Uint8Array): Target | undefined {
  const view = new DataView(executable.buffer, executable.byteOffset, executable.byteLength);
  const kind = machineOf(view);
  return kind === undefined ? undefined : MACHINES[kind];
}

function machineOf(view: DataView): string | undefined {
  if (view.byteLength < 64) return undefined;
  if (view.getUint32(0) === 0x7f454c46) return `elf ${view.getUint16(18, true)}`;
  if (view.getUint32(0, true) === 0xfeedfacf) return `mach-o ${view.getUint32(4, true)}`;
  if (view.getUint16(0) !== 0x4d5a) return undefined;
  const header = view.getUint32(60, true);
  return header + 6 <= view.byteLength ? `pe ${view.getUint16(header + 4, true)}` : undefined;
}
