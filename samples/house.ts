/** A boat house at the far shore: straight edges, windows, planks, tiles and a sign with small letters. */

import { hash, lit, mix, noise, type Rgb, step } from "./texture.ts";
import { SHORE_Y } from "./landscape.ts";

/** A colour that covers what is behind it by 0..1. */
export interface Paint {
  readonly colour: Rgb;
  readonly cover: number;
}

const WALL = { left: 0.3, right: 0.62, top: 0.455, bottom: SHORE_Y };
const ROOF_TOP = 0.365;
const EAVES = 0.022;
const GABLE_X = 0.5;

/** The house at a point, with edges one `pixel` soft. */
export function house(x: number, y: number, pixel: number): Paint[] {
  if (x < WALL.left - 0.05 || x > WALL.right + 0.1 || y < ROOF_TOP - 0.08) return [];
  return [
    { colour: chimneyColour(x, y), cover: inBox(x, y, { left: 0.37, right: 0.395, top: 0.345, bottom: 0.42 }, pixel) },
    { colour: wallColour(x, y), cover: inBox(x, y, WALL, pixel) },
    ...windows(x, y, pixel),
    door(x, y, pixel),
    ...sign(x, y, pixel),
    { colour: roofColour(x, y), cover: roofCover(x, y, pixel) },
    { colour: [0.02, 0.03, 0.03], cover: 0.55 * step(0.03, 0, SHORE_Y - y) * inBox(x, y, WALL, pixel) },
  ];
}

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

function inBox(x: number, y: number, { left, right, top, bottom }: Box, pixel: number): number {
  const soft = 0.6 * pixel;
  const across = step(left - soft, left + soft, x) * step(right + soft, right - soft, x);
  return across * step(top - soft, top + soft, y) * step(bottom + soft, bottom - soft, y);
}

/** Vertical planks, each of its own tone, with dark joints, weathered below; in shade on the left of the gable. */
function wallColour(x: number, y: number): Rgb {
  const planks = (x - WALL.left) / 0.0125;
  const board = Math.floor(planks);
  const joint = step(0.1, 0, planks - board) + step(0.9, 1, planks - board);
  const grain = noise(x * 700, y * 40, 201) - 0.5;
  const tone = 0.85 + 0.25 * (hash(board, 0, 203) - 0.5) + 0.22 * grain - 0.5 * joint;
  const weather = step(0.53, 0.6, y + 0.02 * noise(x * 40, y * 20, 205));
  const red = mix([0.4, 0.085, 0.055], [0.2, 0.075, 0.06], weather);
  const eavesShadow = 1 - 0.55 * step(WALL.top + 0.035, WALL.top + 0.01, y);
  return lit(red, tone * eavesShadow * (x < GABLE_X - 0.08 ? 0.62 : 1.05));
}

/** Two slopes seen from the front, a trapezoid that overhangs the wall. */
function roofCover(x: number, y: number, pixel: number): number {
  const drop = (y - ROOF_TOP) / (WALL.top + EAVES - ROOF_TOP);
  const inset = 0.06 * (1 - drop);
  const box = {
    left: WALL.left - EAVES + inset,
    right: WALL.right + EAVES - inset,
    top: ROOF_TOP,
    bottom: WALL.top + EAVES,
  };
  return inBox(x, y, box, pixel);
}

/** Rows of tiles, every second row shifted by half a tile. */
function roofColour(x: number, y: number): Rgb {
  const row = Math.floor((y - ROOF_TOP) / 0.0115);
  const across = x / 0.013 + (row % 2) / 2;
  const tile = Math.floor(across);
  const inRow = (y - ROOF_TOP) / 0.0115 - row;
  const relief = 0.75 + 0.45 * Math.sin(Math.PI * (across - tile)) - 0.5 * step(0.75, 1, inRow);
  const moss = step(0.55, 0.75, noise(x * 22, y * 30, 211));
  const clay = mix([0.2, 0.15, 0.14], [0.11, 0.13, 0.06], 0.6 * moss);
  return lit(clay, relief * (0.75 + 0.5 * hash(tile, row, 213)));
}

function chimneyColour(x: number, y: number): Rgb {
  const row = Math.floor(y / 0.008);
  const brick = Math.floor(x / 0.012 + row / 2);
  const mortar = step(0.75, 0.95, y / 0.008 - row);
  return lit(
    mix([0.3, 0.12, 0.08], [0.4, 0.37, 0.33], mortar),
    (0.7 + 0.5 * hash(brick, row, 221)) * (x > 0.385 ? 1.2 : 0.6),
  );
}

const WINDOW_COLUMNS = [0.335, 0.385, 0.565];

/** White frames with a cross, panes that mirror a bright sky. */
function windows(x: number, y: number, pixel: number): Paint[] {
  return WINDOW_COLUMNS.flatMap((left) => {
    const frame = { left, right: left + 0.034, top: 0.492, bottom: 0.545 };
    const pane = mix(
      [0.02, 0.03, 0.045],
      [0.5, 0.58, 0.66],
      step(0.55, 0.49, y + 0.3 * (x - left)) * noise(x * 50, y * 25, 231),
    );
    const edge = 0.0035;
    const [middleX, middleY] = [left + 0.017, 0.5185];
    const inner = (l: number, r: number, t: number, b: number) =>
      inBox(x, y, { left: l, right: r, top: t, bottom: b }, pixel);
    const glass = inner(left + edge, middleX - edge / 2, frame.top + edge, middleY - edge / 2) +
      inner(middleX + edge / 2, frame.right - edge, frame.top + edge, middleY - edge / 2) +
      inner(left + edge, middleX - edge / 2, middleY + edge / 2, frame.bottom - edge) +
      inner(middleX + edge / 2, frame.right - edge, middleY + edge / 2, frame.bottom - edge);
    return [{ colour: [0.78, 0.76, 0.72] as Rgb, cover: inBox(x, y, frame, pixel) }, {
      colour: pane,
      cover: Math.min(1, glass),
    }];
  });
}

function door(x: number, y: number, pixel: number): Paint {
  const groove = 0.7 + 0.3 * step(0.1, 0.25, (x / 0.009) % 1);
  return {
    colour: lit([0.06, 0.13, 0.14], groove * (0.9 + 0.2 * noise(x * 300, y * 30, 241))),
    cover: inBox(x, y, { left: 0.458, right: 0.525, top: 0.508, bottom: SHORE_Y }, pixel),
  };
}

/** A board above the door with two rows of letters, each 3x5 cells of its own pattern. */
function sign(x: number, y: number, pixel: number): Paint[] {
  const board = { left: 0.445, right: 0.54, top: 0.482, bottom: 0.503 };
  const [cellX, cellY] = [Math.floor((x - board.left - 0.003) / 0.0016), Math.floor((y - board.top - 0.002) / 0.0016)];
  const [letter, line] = [Math.floor(cellX / 4), Math.floor(cellY / 6)];
  const blank = cellX % 4 === 3 || cellY % 6 === 5 || cellX < 0 || cellY < 0 || letter > 13 || line > 1 || letter === 5;
  const ink = !blank && hash(letter * 3 + cellX % 4, line * 5 + cellY % 6, 251) < 0.62;
  const cover = inBox(x, y, board, pixel);
  return [{ colour: [0.7, 0.66, 0.55], cover }, { colour: [0.03, 0.03, 0.05], cover: ink ? cover : 0 }];
}
