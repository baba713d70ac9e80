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

Deno.test("displayOn() updates one line on a terminal, within its width, and clears it at the end", () => {
  const written = writes({ isTerminal: true, columns: 40 }, 1000);
  assertEquals(written.pop(), "\r\x1b[2K");
  assertEquals(written.length, 10);
  for (const text of written) assertEquals(text, `\r\x1b[2K${progressText(MOMENT).slice(0, 39)}`);
});

Deno.test("displayOn() uses colours on a terminal unless told not to", () => {
  assertStringIncludes(writes({ isTerminal: true, plain: false }, 50)[0], "\x1b[2m");
  assert(!writes({ isTerminal: true, plain: true }, 50)[0].includes("\x1b[2m"));
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
