import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { displayOn, type ProgressSink, progressText } from "../../cli/progress.ts";
import { secondsText } from "../../cli/words.ts";
import type { EncodeProgress } from "../../mod.ts";

const MOMENT: EncodeProgress = {
  stage: "training",
  iteration: 600,
  iterations: 2000,
  bpp: 0.41234,
  psnrDb: 33.412,
  iterationsPerSecond: 15.23,
  secondsLeft: 92,
};

/** Shows a moment every 50 ms for `milliseconds`; gives what was written. */
function writes(sink: Partial<ProgressSink>, milliseconds: number): string[] {
  const written: string[] = [];
  let time = 0;
  const base = { isTerminal: false, columns: 120, plain: true, now: () => time };
  const display = displayOn({ ...base, ...sink, write: (text) => written.push(text) });
  for (; time < milliseconds; time += 50) display.update(MOMENT);
  display[Symbol.dispose]();
  return written;
}

Deno.test("progressText() tells iteration, rate, quality, speed and time left", () => {
  assertEquals(progressText(MOMENT), "training 600/2000 (30%)  0.4123 bpp  33.41 dB  15.2 it/s  1m32s left");
  assertEquals(progressText({ ...MOMENT, stage: "quantising" }), "quantising  0.4123 bpp  33.41 dB");
});

Deno.test("displayOn() writes a whole line every five seconds away from a terminal", () => {
  assertEquals(writes({}, 10_001), Array(3).fill(`${progressText(MOMENT)}\n`));
});

const FIELDS = " 30%  600/2000  0.4123 bpp  33.41 dB  1m32s left";

Deno.test("displayOn() updates a bar on a terminal, and clears it at the end", () => {
  const written = writes({ isTerminal: true }, 1000);
  assertEquals(written.pop(), "\r\x1b[2K");
  assertEquals(written.length, 10);
  for (const text of written) assertEquals(text, `\r\x1b[2K[${"#".repeat(9)}${"-".repeat(21)}]  ${FIELDS}`);
});

Deno.test("displayOn() fits the width of the terminal: with a shorter bar, without one, cut", () => {
  const line = (columns: number) => writes({ isTerminal: true, columns }, 50)[0].replace("\r\x1b[2K", "");
  assertEquals(line(80), `[########${"-".repeat(19)}]  ${FIELDS}`);
  assertEquals(line(80).length, 79);
  assertEquals(line(60), FIELDS);
  assertEquals(line(40), FIELDS.slice(0, 39));
});

Deno.test("displayOn() colours the bar on a terminal unless told not to", () => {
  const bar = `[\x1b[32m${"#".repeat(9)}\x1b[0m${"-".repeat(21)}]`;
  assertStringIncludes(writes({ isTerminal: true, plain: false }, 50)[0], bar);
  assert(!writes({ isTerminal: true, plain: true }, 50)[0].includes("\x1b[32m"));
});

Deno.test("secondsText() picks the unit by size", () => {
  assertEquals([7.25, 59.9, 92, 3599.4, 3720, Infinity].map(secondsText), [
    "7.3 s",
    "59.9 s",
    "1m32s",
    "59m59s",
    "1h02m",
    "?",
  ]);
});
