/**
 * Learned defaults: what ARM, IFCE and upsampling are like in most pictures. A file may code its parameters as differences
 * from them. They are integers of a table, smooth in lambda: some rows, and positions between two of them.
 */

import { type Architecture, ifceInputs, type ImageShape, latentGrids, type PresetName } from "./architecture.ts";
import { DEFAULT_TABLE } from "./default_table.ts";
import { presetOf } from "./header_architecture.ts";
import { findTensor, parameterCount, type ParameterGroup, parameterGroups, type Tensor } from "./parameters.ts";

/** The number of the table in the header; 0 there says that a file has no defaults. */
export const DEFAULTS_VERSION = 1;
/** Rows of the table: trained for low to high lambda, evenly in its logarithm. */
export const DEFAULT_ROWS = 3;
/** Steps from one row to the next. */
export const ROW_DISTANCE = 16;
/** The last position between the rows: 0..32. */
export const LAST_POSITION = (DEFAULT_ROWS - 1) * ROW_DISTANCE;
/** The shape whose parameters the table holds. */
export const TABLE_SHAPE: ImageShape = { width: 192, height: 192, channels: 3, topLevel: 6 };

/** How many parameters can have defaults: the first ones, those of ARM, IFCE and upsampling. */
export function learnedCount(groups: readonly ParameterGroup[]): number {
  return groups.find(({ module }) => module === "synthesis")!.offset;
}

/** The preset whose row of the table is this architecture's; `undefined` if it has none. */
export function defaultsPreset(arch: Architecture): PresetName | undefined {
  const preset = presetOf(arch);
  return preset !== undefined && preset in DEFAULT_TABLE ? preset : undefined;
}

/**
 * The defaults of all parameters, in the order of `parameterGroups` and in units of each group's finest step; zeros without
 * a position; not to be changed. Throws a `RangeError` for an architecture without defaults.
 */
export function defaultParameters(arch: Architecture, shape: ImageShape, position: number | undefined): Int32Array {
  const { topLevel, channels } = shape;
  const isLast = last?.arch === arch && last.topLevel === topLevel && last.channels === channels &&
    last.position === position;
  if (!isLast) last = { arch, topLevel, channels, position, values: findDefaults(arch, shape, position) };
  return last!.values;
}

/** What was asked for last: all parts of a decoder ask for the same. */
let last:
  | { arch: Architecture; topLevel: number; channels: number; position: number | undefined; values: Int32Array }
  | undefined;

function findDefaults(arch: Architecture, shape: ImageShape, position: number | undefined): Int32Array {
  const groups = parameterGroups(arch, shape);
  const values = new Int32Array(parameterCount(groups));
  if (position === undefined) return values;
  const preset = defaultsPreset(arch);
  if (!preset) throw new RangeError("Cannot find defaults: this architecture has none");
  const tableGroups = parameterGroups(arch, TABLE_SHAPE);
  const table = rowAt(tableRows(preset, learnedCount(tableGroups)), position);
  for (const tensor of groups.flatMap(({ tensors }) => tensors)) {
    if (tensor.offset >= learnedCount(groups)) break;
    const source = findTensor(tableGroups, tensor.name);
    const [rows, cols] = [sourceRows(tensor, source, shape), sourceCols(tensor, arch, shape)];
    let at = tensor.offset;
    for (const row of rows) {
      for (const col of cols) values[at++] = col === undefined ? 0 : table[source.offset + row * source.cols + col];
    }
  }
  return values;
}

/** The table's row for each row of a tensor. Filters belong to a level; beyond those of the table its last one holds. */
function sourceRows({ name, rows }: Tensor, source: Tensor, { topLevel }: ImageShape): number[] {
  const all = Array.from({ length: rows }, (_, row) => row);
  if (name === "upsampling.taps") return all.map((row) => Math.max(0, TABLE_SHAPE.topLevel - topLevel + row));
  if (name === "upsampling.prefilter") return all.map((row) => Math.min(row, source.rows - 1));
  return all;
}

/** The table's column for each column of a tensor. An IFCE reads grids, and those of levels beyond the table have 0. */
function sourceCols({ name, cols }: Tensor, arch: Architecture, shape: ImageShape): (number | undefined)[] {
  const all = Array.from({ length: cols }, (_, col) => col);
  const [module, level, kind] = name.split(".");
  if (module !== "ifce" || kind !== "weight") return all;
  const known = inputNames(arch, TABLE_SHAPE, Number(level));
  const own = inputNames(arch, shape, Number(level));
  return all.map((col) => {
    if (col >= own.length) return known.length + col - own.length;
    const found = known.indexOf(own[col]);
    return found < 0 ? undefined : found;
  });
}

/** The grids that an IFCE reads, by what they are. */
function inputNames(arch: Architecture, shape: ImageShape, level: number): string[] {
  const grids = latentGrids(arch, shape);
  return ifceInputs(arch, shape, level).map((grid) => `${grids[grid].level} ${grids[grid].hyper}`);
}

const rowsOf = new Map<PresetName, Int16Array>();

/** All rows of a preset, one after the other. */
function tableRows(preset: PresetName, length: number): Int16Array {
  const known = rowsOf.get(preset);
  if (known) return known;
  const bytes = atob(DEFAULT_TABLE[preset]!);
  const rows = new Int16Array(DEFAULT_ROWS * length);
  for (let i = 0; i < rows.length; i++) rows[i] = bytes.charCodeAt(2 * i) << 8 | bytes.charCodeAt(2 * i + 1);
  rowsOf.set(preset, rows);
  return rows;
}

/** A row between two of the table: their weighted mean, rounded. */
function rowAt(rows: Int16Array, position: number): Int32Array {
  const length = rows.length / DEFAULT_ROWS;
  const row = Math.min(Math.floor(position / ROW_DISTANCE), DEFAULT_ROWS - 2);
  const share = position - row * ROW_DISTANCE;
  const [low, high] = [row, row + 1].map((r) => rows.subarray(r * length, (r + 1) * length));
  const weighted = (i: number) => low[i] * (ROW_DISTANCE - share) + high[i] * share;
  return Int32Array.from({ length }, (_, i) => Math.floor((weighted(i) + ROW_DISTANCE / 2) / ROW_DISTANCE));
}
