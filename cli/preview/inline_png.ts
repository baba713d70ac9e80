/** Pictures as PNG files inside escape sequences: the protocols of kitty and of iTerm2. */

import { Buffer } from "node:buffer";

/** Most characters of one of kitty's sequences. */
const KITTY_PART = 4096;

/** Kitty's graphics protocol: `a=T` shows what is sent, `f=100` says PNG, `m=1` that more follows. */
export function kittyText(png: Uint8Array): string {
  const parts = base64(png).match(new RegExp(`.{1,${KITTY_PART}}`, "g")) ?? [];
  const sequences = parts.map((part, i) => {
    const more = i < parts.length - 1 ? 1 : 0;
    return `\x1b_G${i === 0 ? "a=T,f=100," : ""}m=${more};${part}\x1b\\`;
  });
  return `${sequences.join("")}\n`;
}

/** iTerm2's inline images. */
export function itermText(png: Uint8Array): string {
  return `\x1b]1337;File=inline=1;size=${png.length}:${base64(png)}\x07\n`;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}
