// Escape sequences are the subject of these tests.
// deno-lint-ignore-file no-control-regex

import { assert, assertEquals } from "@std/assert";
import { blockText } from "../../../cli/preview/blocks.ts";
import { itermText, kittyText } from "../../../cli/preview/inline_png.ts";
import { fitPicture, type Pixels } from "../../../cli/preview/pixels.ts";
import { detectColours, detectProtocol } from "../../../cli/preview/protocol.ts";
import { sixelText } from "../../../cli/preview/sixel.ts";
import { testPicture } from "../../files/png_maker.ts";

/** Colours of the six-step cube: they need no dither. */
function cubePicture(width: number, height: number): Pixels {
  const data = Uint8Array.from({ length: 3 * width * height }, (_, i) => 51 * ((i * 7 + (i >> 3)) % 6));
  return { width, height, data };
}

Deno.test("fitPicture() keeps proportions, never enlarges, and takes means", () => {
  const picture = testPicture(40, 20);
  assertEquals(fitPicture(picture, { width: 100, height: 100 }).data, picture.data);
  const { width, height, data } = fitPicture(picture, { width: 100, height: 10 });
  assertEquals([width, height], [20, 10]);
  const mean = [0, 3, 120, 123].reduce((sum, at) => sum + picture.data[at], 0) / 4;
  assertEquals(data[0], Math.round(mean));
  assertEquals(fitPicture(testPicture(1000, 2), { width: 10, height: 10 }).height, 1);
});

Deno.test("fitPicture() shows gray and deep samples, and transparency as a ground of squares", () => {
  const data = Uint16Array.of(65535, 0);
  const gray = { width: 2, height: 1, channels: 1, bitDepth: 16, data };
  assertEquals([...fitPicture(gray, { width: 9, height: 9 }).data], [255, 255, 255, 0, 0, 0]);
  const alpha = Uint16Array.of(65535, 0);
  assertEquals([...fitPicture({ ...gray, alpha }, { width: 9, height: 9 }).data], [255, 255, 255, 102, 102, 102]);
});

Deno.test("blockText() puts two pixels into a character, in the colours that there are", () => {
  const pixels = { width: 1, height: 3, data: Uint8Array.of(255, 0, 51, 1, 2, 3, 255, 255, 255) };
  assertEquals(
    blockText(pixels, "full"),
    "\x1b[38;2;255;0;51m\x1b[48;2;1;2;3m▀\x1b[0m\n\x1b[38;2;255;255;255m\x1b[49m▀\x1b[0m\n",
  );
  assertEquals(blockText(pixels, "256"), "\x1b[38;5;197m\x1b[48;5;16m▀\x1b[0m\n\x1b[38;5;231m\x1b[49m▀\x1b[0m\n");
  assertEquals(blockText(pixels, "none"), " \n█\n");
});

/** Draws what a sixel sequence says. */
function drawSixels(text: string): Pixels {
  const match = /^\x1bPq"1;1;(\d+);(\d+)([^]*)\x1b\\\n$/.exec(text)!;
  const [width, height] = [Number(match[1]), Number(match[2])];
  const data = new Uint8Array(3 * width * height);
  const palette = new Map<string, number[]>();
  let [x, top, colour] = [0, 0, [0, 0, 0]];
  for (const [token] of match[3].matchAll(/#\d+;2;\d+;\d+;\d+|#\d+|!\d+[?-~]|[?-~$-]/g)) {
    const numbers = (token.match(/\d+/g) ?? []).map(Number);
    if (token.startsWith("#") && numbers.length > 1) palette.set(`${numbers[0]}`, numbers.slice(2));
    else if (token.startsWith("#")) colour = palette.get(`${numbers[0]}`)!;
    else if (token === "$") x = 0;
    else if (token === "-") [x, top] = [0, top + 6];
    else {
      const bits = token.at(-1)!.charCodeAt(0) - 63;
      for (let n = numbers[0] ?? 1; n > 0; n--, x++) {
        for (let row = 0; row < 6; row++) {
          if (bits >> row & 1) data.set(colour.map((percent) => percent * 255 / 100), 3 * ((top + row) * width + x));
        }
      }
    }
  }
  return { width, height, data };
}

Deno.test("sixelText() draws the picture, whatever its size", () => {
  for (const [width, height] of [[1, 1], [5, 6], [20, 13], [300, 7]]) {
    const pixels = cubePicture(width, height);
    assertEquals(drawSixels(sixelText(pixels)), pixels);
  }
});

Deno.test("sixelText() dithers colours between those it has", () => {
  const pixels = { width: 16, height: 16, data: new Uint8Array(768).fill(70) };
  const { data } = drawSixels(sixelText(pixels));
  const mean = data.reduce((a, b) => a + b, 0) / data.length;
  assert(Math.abs(mean - 70) < 4, `${mean}`);
});

Deno.test("kittyText() and itermText() carry the PNG file", () => {
  const png = Uint8Array.from({ length: 10_000 }, (_, i) => (i * i) & 255);
  const parts = [...kittyText(png).matchAll(/\x1b_G([^;]*);([^\x1b]*)\x1b\\/g)];
  assertEquals(parts.map(([, keys]) => keys), ["a=T,f=100,m=1", "m=1", "m=1", "m=0"]);
  const bytes = (base64: string) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  assertEquals(bytes(parts.map(([, , data]) => data).join("")), png);
  const [, size, data] = /^\x1b]1337;File=inline=1;size=(\d+):(.*)\x07\n$/.exec(itermText(png))!;
  assertEquals([Number(size), bytes(data)], [10_000, png]);
});

Deno.test("detectProtocol() knows terminals, and trusts none behind a multiplexer", () => {
  const detect = (variables: Record<string, string>) => detectProtocol((name) => variables[name]);
  assertEquals(detect({ TERM: "xterm-kitty" }), "kitty");
  assertEquals(detect({ TERM: "xterm-256color", TERM_PROGRAM: "WezTerm" }), "iterm");
  assertEquals(detect({ TERM: "foot" }), "sixel");
  assertEquals(detect({ TERM: "xterm-256color" }), "blocks");
  assertEquals(detect({}), "blocks");
  assertEquals(detect({ TERM: "tmux-256color", KITTY_WINDOW_ID: "1" }), "blocks");
  assertEquals(detectColours(() => "Apple_Terminal", false), "256");
  assertEquals([detectColours(() => undefined, false), detectColours(() => undefined, true)], ["full", "none"]);
});
